import type { Paths } from "../model/host.ts";
import type { Mode } from "../os/paths.ts";
import type { World } from "../os/world.ts";
import type { Given } from "../settings/layers.ts";
import { fromEnvironment, strongestOf } from "../settings/sources.ts";
import { locateColony } from "./locate-colony.ts";
import {
  NOTHING_READ,
  type ReadSource,
  readConfigFiles,
  readEnvironmentFile,
  readSettingsFile,
} from "./settings-files.ts";

/** The options from all sources, and the location of the colony. */
export type Options = ReadSource & { readonly mode: Mode; readonly paths: Paths };

/** Reads every source that does not depend on the location of the colony. */
export async function readSources(argv: readonly string[], world: World): Promise<ReadSource> {
  const line = await readLine(argv);
  const environment = fromEnvironment(world.env);
  const dotenv = readEnvironmentFile(world.home, world.env);
  const direct = strongestOf(line.given, environment.given, dotenv.given);
  const files = await readConfigFiles(direct, world.home);
  return {
    given: strongestOf(direct, files.given),
    issues: [...line.issues, ...dotenv.issues, ...files.issues],
    warnings: [...environment.warnings, ...dotenv.warnings, ...files.warnings],
  };
}

/** Locates the colony and adds its .env file. `learned`, settings that an import read from nodes, is the weakest source. */
export function locate(sources: ReadSource, world: World, learned: Given = new Map()): Options {
  const { mode, paths } = locateColony(strongestOf(sources.given, learned), world);
  const dotenv = readSettingsFile(`${paths.base}/.env`);
  return {
    given: strongestOf(sources.given, dotenv.given, learned),
    issues: [...sources.issues, ...dotenv.issues],
    warnings: [...sources.warnings, ...dotenv.warnings],
    mode,
    paths,
  };
}

/** cron passes no arguments, so the parser is not loaded, which saves 1 ms in every run. */
async function readLine(argv: readonly string[]): Promise<Omit<ReadSource, "warnings">> {
  return argv.length === 0 ? NOTHING_READ : (await import("../settings/arguments.ts")).fromArguments(argv);
}
