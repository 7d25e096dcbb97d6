import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Names, times and content of everything below a folder, to see whether anything has changed. */
export function folderState(folder: string, skip: RegExp = /^$/): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => !skip.test(name))
    .toSorted()
    .map((name) => {
      const path = join(folder, name);
      const { mode, mtimeMs, size } = lstatSync(path);
      const content = lstatSync(path).isFile() ? Bun.hash(readFileSync(path)) : 0;
      return [name, mode.toString(8), mtimeMs, size, content].join(" ");
    });
}
