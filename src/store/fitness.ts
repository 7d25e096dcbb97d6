import type { Database } from "bun:sqlite";
import { EXIT, WnmError } from "../base/errors.ts";
import { problemIn } from "./backup.ts";
import { isOlder, refuseNewer } from "./migrate.ts";
import { PUT_BACK } from "./sqlite-errors.ts";

/** Throws WnmError unless the database is wnm's, intact, and not from a newer version. Changes nothing. */
export function refuseUnfit(db: Database, path: string): void {
  const rows = db.query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const names = new Set(rows.map((row) => row.name));
  if (!names.has("machine") || !names.has("node")) {
    throw new WnmError(
      `${path} is not a database of wnm: it has no tables of nodes. Nothing was changed. ${PUT_BACK}`,
    );
  }
  refuseNewer(db);
  const problem = isOlder(db) ? problemIn(db) : undefined;
  if (problem !== undefined)
    throw new WnmError(`The database ${path} is damaged (${problem}). Nothing was changed. ${PUT_BACK}`);
  // A colony without its settings would run with defaults: other limits, and another rewards address.
  if (db.query("SELECT 1 FROM machine").get() === null) {
    throw new WnmError(
      `The database ${path} is incomplete: it has no settings. Nothing was changed. wnm --init --rewards_address YOUR_ETH_ADDRESS replaces it when it holds nothing at all; give --import with it when nodes are there`,
      EXIT.not_initialised,
    );
  }
}
