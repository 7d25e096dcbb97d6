import { WnmError } from "../base/errors.ts";
import { echoed } from "../base/text.ts";
import { readNamedFile } from "../os/files/named-file.ts";
import { bytesOf } from "../os/files/open-regular.ts";
import { isThere } from "../os/files/presence.ts";
import { expandHome } from "../os/paths.ts";
import type { Given, Issue } from "../settings/layers.ts";
import { fromAssignments, fromEnvironmentFile, strongestOf } from "../settings/sources.ts";

/** The options read from one source. */
export type ReadSource = {
  readonly given: Given;
  readonly issues: readonly Issue[];
  readonly warnings: readonly string[];
};

/** An empty source. */
export const NOTHING_READ: ReadSource = { given: new Map(), issues: [], warnings: [] };

/** How long the writer of a config file that is a pipe may take. */
const PATIENCE = { silent_ms: 10_000, total_ms: 30_000 } as const;

/**
 * Reads the config files. --config overrides ~/wnm/config, which overrides the account's other file, as in Python wnm. An
 * unreadable file is an issue.
 */
export async function readConfigFiles(given: Given, home: string): Promise<ReadSource> {
  const asked = given.get("config");
  return merged(
    ...(asked === undefined ? [] : [await readAskedFile(expandHome(asked.text, home), asked.from)]),
    readSettingsFile(`${home}/wnm/config`),
    readSettingsFile(`${home}/.local/share/wnm/config`),
  );
}

/** Python wnm's .env file, which ranks as environment. */
export const readEnvironmentFile = (home: string, env: Readonly<Record<string, string | undefined>>) =>
  readSettingsFile(`${home}/.local/share/wnm/.env`, (text, path) => fromEnvironmentFile(text, path, env));

async function readAskedFile(path: string, from: string): Promise<ReadSource> {
  if (!isThere(path)) {
    const message = `--config (${from}): there is no file ${echoed(path)}; expected: a file of NAME=value lines`;
    return { ...NOTHING_READ, issues: [{ name: "config", message }] };
  }
  try {
    return fromAssignments((await readNamedFile(path, "settings", PATIENCE)).toString("utf8"), path);
  } catch (error) {
    return unreadable(path, error);
  }
}

/** Merges sources, the strongest first. */
const merged = (...sources: readonly ReadSource[]): ReadSource => ({
  given: strongestOf(...sources.map(({ given }) => given)),
  issues: sources.flatMap(({ issues }) => issues),
  warnings: sources.flatMap(({ warnings }) => warnings),
});

/** Reads a file of NAME=value lines, if it exists. An unreadable file is an issue. */
export function readSettingsFile(
  path: string,
  read: (text: string, path: string) => ReadSource = fromAssignments,
): ReadSource {
  if (!isThere(path)) return NOTHING_READ;
  try {
    return read(bytesOf(path, "settings").toString("utf8"), path);
  } catch (error) {
    return unreadable(path, error);
  }
}

/** An issue for an unreadable settings file, which must not be treated as an empty one. */
function unreadable(path: string, error: unknown): ReadSource {
  if (!(error instanceof WnmError)) throw error;
  return { ...NOTHING_READ, issues: [{ name: path, message: error.message }] };
}
