import { SQLiteError } from "bun:sqlite";
import { WnmError } from "../base/errors.ts";

/** The database itself is what fails, so nothing is written into it. */
export class DatabaseUnusable extends WnmError {
  /** Its content is broken, so only a backup or its nodes bring the colony back. */
  readonly is_damaged: boolean;

  constructor(message: string, is_damaged: boolean) {
    super(message);
    this.is_damaged = is_damaged;
  }
}

/** Runs `work`; its errors of SQLite and the file system become WnmErrors that say what to do. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SQLiteError)) {
      if (!isSystems(error)) throw error;
      const advice = error.message.startsWith("EACCES") ? ": this account may not open it" : "";
      throw new DatabaseUnusable(`The database ${path} cannot be used (${error.message})${advice}`, false);
    }
    const code = String(error.code ?? "");
    const advice = ADVICE.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "see the message";
    throw new DatabaseUnusable(
      `The database ${path} cannot be used (${code}: ${error.message}): ${advice}.`,
      code.startsWith("SQLITE_NOTADB") || code.startsWith("SQLITE_CORRUPT"),
    );
  }
}

export const isFull = (error: unknown): boolean =>
  error instanceof SQLiteError && error.code === "SQLITE_FULL";

/** An error of the file system, such as EIO. */
const isSystems = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && /^E[A-Z0-9]+$/.test(String(error.code));

/** How to bring a lost colony back. */
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
  ["SQLITE_IOERR", "the disk reports an error; the kernel's log says more"],
];
