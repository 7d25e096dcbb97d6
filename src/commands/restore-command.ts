import { basename, dirname } from "node:path";
import { typedWord } from "../base/shell-word.ts";
import { namesIn } from "../os/files/presence.ts";
import { BESIDE } from "../store/database-files.ts";

/**
 * The shell command that recovers a colony whose database is damaged or lost. It moves a damaged database aside, then
 * restores the newest backup or, without a backup, imports the nodes.
 */
export function restoreCommand(database: string, is: "damaged" | "lost"): string {
  const name = basename(database);
  const path = typedWord(database);
  const names = namesIn(dirname(database));
  // SQLite would replay a left-over write-ahead log into the new database.
  const aside =
    is === "damaged"
      ? [`mv ${path} ${path}.damaged`, `rm -f ${path}-wal ${path}-shm ${path}-journal`]
      : // The lost database may turn up again and would then need its write-ahead log.
        BESIDE.filter((log) => names.includes(name + log)).map(
          (log) => `mv ${path}${log} ${path}.lost${log}`,
        );
  const back = names.some((file) => file.startsWith(`${name}.`) && file.endsWith(".bak"))
    ? `cp -p "$(ls -t ${path}.*.bak | head -n 1)" ${path}`
    : "wnm --init --import";
  return [...aside, back].join(" && ");
}
