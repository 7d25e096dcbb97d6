import type { Database } from "bun:sqlite";
import type { StoredRow } from "./columns.ts";

/** A folder that holds nodes, and the identity that its marker has to carry. */
export type StoredStorage = { readonly path: string; readonly id: string };

/** Every storage. An identity that cannot be read is one that no marker carries, so nothing is done there. */
export const readStorages = (db: Database): readonly StoredStorage[] =>
  db
    .query<StoredRow, []>("SELECT path, id FROM storage")
    .all()
    .map(({ path, id }) => ({ path: String(path), id: String(id) }));

/** Writes the storage, new or known. */
export function saveStorage(db: Database, { path, id }: StoredStorage): void {
  db.query("INSERT OR REPLACE INTO storage (path, id) VALUES (?, ?)").run(path, id);
}
