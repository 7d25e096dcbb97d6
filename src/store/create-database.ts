import { Database } from "bun:sqlite";
import { chmodSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { syncPath } from "../os/files/write-whole.ts";
import { realPath } from "../os/paths.ts";
import { BESIDE } from "./database-files.ts";
import { useLog } from "./journal.ts";
import { createTables } from "./migrate.ts";
import { explained } from "./sqlite-errors.ts";

/**
 * Creates the database atomically: it is filled under a temporary name. Not in WAL mode, where a page that fails to reach
 * the file is noticed only by the next reader. Throws WnmError.
 */
export function createDatabase(typed: string, fill: (db: Database) => void): void {
  const path = realPath(typed);
  const beside = `${path}.new`;
  explained(path, () => {
    for (const suffix of ["", ...BESIDE]) rmSync(beside + suffix, { force: true });
    {
      using db = new Database(beside, { readwrite: true, create: true, strict: true });
      chmodSync(beside, 0o600);
      db.run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;");
      db.transaction(() => {
        createTables(db);
        fill(db);
      }).immediate();
      useLog(db, beside);
    }
    syncPath(beside);
    // Left-over -wal/-shm/-journal of a deleted database; SQLite would replay them into the new one.
    for (const suffix of BESIDE) rmSync(path + suffix, { force: true });
    renameSync(beside, path);
    syncPath(dirname(path));
  });
}
