import { readFileSync } from "node:fs";
import { resolve as resolvePath } from "node:path";
import { WnmError } from "./errors.ts";
import type { Paths } from "./model/host.ts";
import { exists } from "./os/files.ts";
import { chooseMode, expandHome, type Mode, pathsFor } from "./os/paths.ts";
import { storageId } from "./os/storage.ts";
import type { Given, Issue } from "./settings/given.ts";
import { fromAssignments, fromEnvironment, strongestOf } from "./settings/sources.ts";
import { glance } from "./store/database.ts";
import type { World } from "./world.ts";

/** What was given from every source, the strongest first, and where the colony lives. */
export type Options = {
  readonly given: Given;
  readonly issues: readonly Issue[];
  readonly warnings: readonly string[];
  readonly mode: Mode;
  readonly paths: Paths;
};

/**
 * Reads command line, environment, config file and the base folder's .env file, in that order of strength.
 * `learned` is weaker than all of them: what a takeover knows from what it takes over.
 */
export async function readOptions(
  argv: readonly string[],
  world: World,
  learned: Given = new Map(),
): Promise<Options> {
  const line = await readLine(argv);
  const environment = fromEnvironment(world.env);
  const direct = strongestOf(line.given, environment.given);
  const file = configFile(direct, world.home);
  const upToFile = strongestOf(direct, file.given);
  const { mode, paths } = placeOf(strongestOf(upToFile, learned), world);
  const dotenv = readAssignments(`${paths.base}/.env`);
  return {
    given: strongestOf(upToFile, dotenv.given, learned),
    issues: [...line.issues, ...file.issues, ...dotenv.issues],
    warnings: environment.warnings,
    mode,
    paths,
  };
}

const NOTHING: { given: Given; issues: readonly Issue[] } = { given: new Map(), issues: [] };

/** cron gives no words, and then the parser is not loaded: 1 ms of every run. */
async function readLine(argv: readonly string[]): Promise<typeof NOTHING> {
  return argv.length === 0 ? NOTHING : (await import("./settings/arguments.ts")).fromArguments(argv);
}

function configFile(given: Given, home: string): typeof NOTHING {
  const asked = given.get("config");
  if (asked !== undefined) {
    const path = expandHome(asked.text, home);
    if (!exists(path))
      return {
        ...NOTHING,
        issues: [
          {
            name: "config",
            message: `--config (${asked.from}): there is no file ${path}; expected: a file of NAME=value lines`,
          },
        ],
      };
    return readAssignments(path);
  }
  const path = [`${home}/.local/share/wnm/config`, `${home}/wnm/config`].find(exists);
  return path === undefined ? NOTHING : readAssignments(path);
}

function readAssignments(path: string): typeof NOTHING {
  if (!exists(path)) return NOTHING;
  try {
    return fromAssignments(readFileSync(path, "utf8"), path);
  } catch (error) {
    throw new WnmError(`The file ${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function placeOf(given: Given, world: World): { mode: Mode; paths: Paths } {
  const candidates = {
    user: pathsFor("user", world.platform, world.home),
    sudo: pathsFor("sudo", world.platform, world.home),
  };
  // A base folder whose database is lost is still where the colony lives.
  const lived = (paths: Paths): boolean =>
    exists(paths.database) || storageId(paths.node_storage) !== undefined;
  const there = { user: lived(candidates.user), sudo: lived(candidates.sudo) };
  // Of one colony only, the manager that was asked for says nothing about the place: it is fixed, and resolve says so.
  const found = !given.has("init") && there.user !== there.sudo;
  const asked = found ? undefined : given.get("process_manager")?.text;
  const text = given.get("dbpath")?.text.replace(/^sqlite:\/\/\//, "") ?? "";
  const dbpath = text === "" ? undefined : resolvePath(expandHome(text, world.home));
  const mode =
    asked === undefined
      ? (modeSaid(dbpath) ??
        chooseMode(fromAnm(given), leftoverLess(there, candidates.sudo.database), world.uid))
      : chooseMode(asked, there, world.uid);
  const paths = candidates[mode];
  return { mode, paths: dbpath === undefined ? paths : { ...paths, database: dbpath } };
}

/** The mode that the database at the given path says it is of. */
function modeSaid(dbpath: string | undefined): Mode | undefined {
  const said = dbpath === undefined ? undefined : glance(dbpath)?.process_manager;
  if (said?.endsWith("+sudo")) return "sudo";
  return said?.includes("+") ? "user" : undefined;
}

/** anm runs system units, so a colony that takes over from it is the system's. */
const fromAnm = (given: Given): string | undefined => (given.has("migrate_anm") ? "systemd+sudo" : undefined);

/**
 * Python wnm as root made its first database in the system's folder, called it a user's, and went on in the user's:
 * an empty one of that kind does not count beside the other.
 */
function leftoverLess(there: Readonly<Record<Mode, boolean>>, database: string): Record<Mode, boolean> {
  const leftover = there.user && there.sudo ? glance(database) : undefined;
  return leftover?.nodes === 0 && leftover.process_manager.endsWith("+user")
    ? { ...there, sudo: false }
    : { ...there };
}
