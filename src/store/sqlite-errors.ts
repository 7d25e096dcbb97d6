import { SQLiteError } from "bun:sqlite";
import { WnmError } from "../errors.ts";

/** Turns SQLite's errors into sentences that say what to do. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SQLiteError)) {
      if (!isSystems(error)) throw error;
      throw new WnmError(`The database ${path} cannot be used: ${error.message}`);
    }
    const code = String(error.code ?? "");
    const advice = ADVICE.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "see the message";
    throw new WnmError(`The database ${path} cannot be used (${code}: ${error.message}): ${advice}.`);
  }
}

/** An error of the file system, such as EIO. */
const isSystems = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && /^E[A-Z0-9]+$/.test(String(error.code));

/** What brings a lost colony back. */
export const PUT_BACK =
  "Put a backup (colony.db.*.bak) in its place, without a -wal or -journal file beside it; or move it away and take the nodes over: wnm --init --import --rewards_address YOUR_ETH_ADDRESS";

const ADVICE: readonly (readonly [code: string, advice: string])[] = [
  ["SQLITE_NOTADB", `it is not a database; nothing was changed. ${PUT_BACK}`],
  ["SQLITE_CORRUPT", `it is damaged; nothing was changed. ${PUT_BACK}`],
  ["SQLITE_ERROR", `it is not as wnm left it; nothing was changed. ${PUT_BACK}`],
  ["SQLITE_CONSTRAINT", `it is not as wnm left it; nothing was changed. ${PUT_BACK}`],
  ["SQLITE_FULL", "the disk is full; free some space"],
  ["SQLITE_READONLY", "it or its folder is read-only for this account"],
  ["SQLITE_CANTOPEN", "this account may not open it"],
  ["SQLITE_BUSY", "another program holds it; try again"],
  ["SQLITE_IOERR", "the disk reports an error; look at dmesg"],
];
