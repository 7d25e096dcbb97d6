import type { Database } from "bun:sqlite";
import { canShareMemory } from "../os/files/shared-map.ts";

/**
 * Puts the database into WAL mode where every program can then read it. A share without shared memory keeps the rollback
 * journal: with a log there, neither Python nor sqlite3 could open the database.
 */
export function useLog(db: Database, path: string): void {
  if (hasLog(db)) return;
  if (canShareMemory(`${path}.map`)) db.run("PRAGMA journal_mode = WAL");
}

/** True for a database in WAL mode. */
export const hasLog = (db: Database): boolean =>
  db.query<{ journal_mode: string }, []>("PRAGMA journal_mode").get()?.journal_mode === "wal";
