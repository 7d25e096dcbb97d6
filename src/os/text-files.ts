import { lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { WnmError } from "../errors.ts";
import type { Run } from "./command.ts";
import { exists } from "./files.ts";
import { putInPlace } from "./whole-file.ts";

/** Changes to small text files that everybody may read. Each may be called again and ends in the same state. */
export interface TextFiles {
  /** Writes the file, whole or not at all; an equal one is left alone. Throws WnmError when the path is a link. */
  write(path: string, text: string): Promise<void>;
  /** Deletes the file; one that is not there is no error. */
  remove(path: string): Promise<void>;
}

/** The text of a file; undefined when it cannot be read. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** A link is somebody's decision (`systemctl mask` makes one): it is not written through and not replaced. */
function needsWriting(path: string, text: string): boolean {
  if (isLink(path))
    throw new WnmError(`${path} is a link (a masked unit is one), so wnm does not write to it`);
  return textOf(path) !== text;
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** Text files with the rights of this process. */
export const plainTexts: TextFiles = {
  async write(path, text) {
    if (!needsWriting(path, text)) return;
    try {
      mkdirSync(dirname(path), { recursive: true });
      putInPlace(path, text, { mode: 0o644 });
    } catch (error) {
      throw new WnmError(`${path} cannot be written: ${error instanceof Error ? error.message : error}`);
    }
  },
  async remove(path) {
    try {
      rmSync(path, { force: true });
    } catch (error) {
      throw new WnmError(`${path} cannot be removed: ${error instanceof Error ? error.message : error}`);
    }
  },
};

/** How root puts standard input into a file of its own that all may read: install of macOS takes regular files only. */
const PUT = {
  linux: (path: string) => [
    ["install", "-o", "root", "-g", "root", "-m", "0644", "-T", "--", "/dev/stdin", path],
  ],
  darwin: (path: string) => [
    ["tee", "--", path],
    ["chmod", "0644", "--", path],
  ],
} as const;
const MOVE = { linux: ["mv", "-f", "-T", "--"], darwin: ["mv", "-f", "--"] } as const;

/** Text files of root; `asRoot` is put before each command. */
export const rootTexts = (
  run: Run,
  asRoot: readonly string[],
  platform: keyof typeof PUT = "linux",
): TextFiles => {
  const elevated = async (argv: readonly string[], input?: string) => {
    const [program = "", ...args] = [...asRoot, ...argv];
    await run([program, ...args], input === undefined ? {} : { input });
  };
  return {
    async write(path, text) {
      if (!needsWriting(path, text)) return;
      const [put = [], ...rest] = PUT[platform](`${path}.new`);
      await elevated(put, text);
      for (const command of rest) await elevated(command);
      await elevated([...MOVE[platform], `${path}.new`, path]);
      if (textOf(path) !== text) throw new WnmError(`${path} is not as wnm has just written it`);
    },
    async remove(path) {
      if (exists(path)) await elevated(["rm", "-f", "--", path]);
    },
  };
};
