import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import type { Run } from "../command.ts";
import { runAs } from "../elevation.ts";
import { textOf } from "./open-regular.ts";
import { kindAt, presenceOf } from "./presence.ts";
import { putInPlace } from "./write-whole.ts";

/** Idempotent changes to files that define services, such as units. */
export interface DefinitionFiles {
  /** Writes the file atomically unless it is equal, and removes what a killed write left. Throws WnmError for a link. */
  write(path: string, text: string): Promise<void>;
  /** The same with mode 0600; an unreadable file is rewritten. */
  writePrivate(path: string, text: string): Promise<void>;
  /** Deletes the file and what a killed write left; a missing file is no error. */
  remove(path: string): Promise<void>;
}

/** The temporary name of a file being written. */
const besideOf = (path: string): string => `${path}.new`;

/** True when the text differs. Throws for a link, which the operator made, as by `systemctl mask`: it must stay. */
function needsWriting(path: string, text: string): boolean {
  if (kindAt(path) === "link")
    throw new WnmError(`${path} is a link (a masked unit is one), so wnm does not write to it`);
  return textOf(path, "definition") !== text;
}

/** Definitions of this account. */
export const ownDefinitions: DefinitionFiles = {
  write: async (path, text) => putText(path, text, 0o644),
  writePrivate: async (path, text) => putText(path, text, 0o600),
  async remove(path) {
    try {
      for (const name of [path, besideOf(path)]) rmSync(name, { force: true });
    } catch (error) {
      throw new WnmError(`${path} cannot be removed: ${messageOf(error)}`);
    }
  },
};

function putText(path: string, text: string, mode: number): void {
  const is_due = needsWriting(path, text);
  try {
    if (is_due) {
      mkdirSync(dirname(path), { recursive: true });
      putInPlace(path, text, { mode });
    } else rmSync(besideOf(path), { force: true });
  } catch (error) {
    throw new WnmError(`${path} cannot be written: ${messageOf(error)}`);
  }
}

type Argv = readonly [string, ...string[]];

/** Commands that write standard input to a file as root; macOS's install only accepts regular files. */
const PUT: Readonly<Record<"linux" | "darwin", (path: string, mode: string) => readonly [Argv, ...Argv[]]>> =
  {
    linux: (path, mode) => [
      ["install", "-o", "root", "-g", "root", "-m", mode, "-T", "--", "/dev/stdin", path],
    ],
    darwin: (path, mode) => [
      ["tee", "--", path],
      ["chmod", mode, "--", path],
    ],
  };
const MOVE = { linux: ["mv", "-f", "-T", "--"], darwin: ["mv", "-f", "--"] } as const;

/** Definitions of root; `asRoot` is put before each command. */
export const rootDefinitions = (
  run: Run,
  asRoot: readonly string[],
  platform: keyof typeof PUT = "linux",
): DefinitionFiles => {
  const put = async (path: string, text: string, mode: string) => {
    const [write, ...rest] = PUT[platform](besideOf(path), mode);
    await runAs(run, asRoot, write, { input: text });
    for (const command of rest) await runAs(run, asRoot, command);
    await runAs(run, asRoot, [...MOVE[platform], besideOf(path), path]);
  };
  const removeAny = async (names: readonly string[]) => {
    for (const name of names)
      if (presenceOf(name) !== "absent") await runAs(run, asRoot, ["rm", "-f", "--", name]);
  };
  return {
    async writePrivate(path, text) {
      if (needsWriting(path, text)) await put(path, text, "0600");
    },
    async write(path, text) {
      if (!needsWriting(path, text)) return removeAny([besideOf(path)]);
      await put(path, text, "0644");
      if (textOf(path, "definition") !== text)
        throw new WnmError(`${path} differs from what wnm has just written`);
    },
    remove: (path) => removeAny([path, besideOf(path)]),
  };
};
