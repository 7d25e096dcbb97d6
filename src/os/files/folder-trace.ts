import { isUnknown, namesAt, statAt } from "./presence.ts";

/** The maximum number of files examined, because a trace is taken in every run while an obstacle lasts. */
const MOST = 500;

/**
 * A hash that changes with any owner, mode, attribute or path in or below the folders. Follows no link, opens no file,
 * never throws.
 */
export function folderTrace(folders: readonly string[]): string {
  const seen: string[] = [];
  const waiting = [...folders];
  for (let path = waiting.shift(); path !== undefined && seen.length < MOST; path = waiting.shift()) {
    const looked = statAt(path);
    if (looked === "absent" || isUnknown(looked)) {
      seen.push(looked === "absent" ? looked : looked.unknown);
      continue;
    }
    const { dev, ino, ctimeMs } = looked.found;
    seen.push(`${dev} ${ino} ${ctimeMs}`);
    const names = looked.found.isDirectory() ? namesAt(path) : "absent";
    if (names === "absent" || isUnknown(names)) continue;
    for (const name of names.found.slice(0, MOST)) waiting.push(`${path}/${name}`);
  }
  return Bun.hash(seen.join("\n")).toString(36);
}
