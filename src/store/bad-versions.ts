import type { Database } from "bun:sqlite";
import type { Seconds } from "../model/node.ts";
import type { StoredRow } from "./columns.ts";

/** A version that failed its probation. */
export type BadVersion = { readonly version: string; readonly because: string; readonly since: Seconds };

/** Versions that failed their probation, with the reason. */
export const readBadVersions = (db: Database): ReadonlyMap<string, string> =>
  new Map(
    db
      .query<StoredRow, []>("SELECT version, because FROM bad_version")
      .all()
      .map(({ version, because }) => [String(version), String(because)]),
  );

/** Stores a failed version. */
export function saveBadVersion(db: Database, { version, because, since }: BadVersion): void {
  db.query("INSERT OR REPLACE INTO bad_version (version, because, since) VALUES (?, ?, ?)").run(
    version,
    because,
    since,
  );
}

/** Deletes a failed version, so that it is tried again. */
export function dropBadVersion(db: Database, version: string): void {
  db.query("DELETE FROM bad_version WHERE version = ?").run(version);
}
