import { basename, dirname } from "node:path";
import { typedWord } from "../base/shell-word.ts";
import { namesIn } from "../os/files/presence.ts";
import { BESIDE } from "../store/database-files.ts";

/**
 * The command that brings back a colony whose database is damaged or lost: it moves a damaged one aside, and restores the
 * newest backup; without one, it imports the nodes.
 */
export function broughtBack(database: string, is: "damaged" | "lost"): string {
  const name = basename(database);
  const path = typedWord(database);
  const names = namesIn(dirname(database));
  // A log that belongs to another database would be written into the one that takes its place.
  const aside =
    is === "damaged"
      ? [`mv ${path} ${path}.damaged`, `rm -f ${path}-wal ${path}-shm ${path}-journal`]
      : // The lost database may be found again, and needs its log then.
        BESIDE.filter((log) => names.includes(name + log)).map(
          (log) => `mv ${path}${log} ${path}.lost${log}`,
        );
  const back = names.some((file) => file.startsWith(`${name}.`) && file.endsWith(".bak"))
    ? `cp -p "$(ls -t ${path}.*.bak | head -n 1)" ${path}`
    : "wnm --init --import";
  return [...aside, back].join(" && ");
}
