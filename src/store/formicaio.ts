import { openAsItIs } from "./read-database.ts";

/** A node's row in Formicaio's database (0.8.7, migrations/20260322000000_init.sql): text, numbers or NULL. */
export type FormicaioRow = Readonly<
  Record<
    | "node_id"
    | "status"
    | "port"
    | "metrics_port"
    | "rewards_addr"
    | "node_logs"
    | "log_level"
    | "ipv4_only"
    | "data_dir_path",
    string | number | null
  >
>;

const MOST_NODES = 10_000;

/** Reads the nodes from a Formicaio database, without writing to it. Throws the system's or SQLite's error if invalid. */
export function formicaioRows(path: string): readonly FormicaioRow[] {
  using db = openAsItIs(path);
  return db
    .query<FormicaioRow, [number]>(
      "SELECT node_id, status, port, metrics_port, rewards_addr, node_logs, log_level, ipv4_only, data_dir_path FROM nodes ORDER BY created, node_id LIMIT ?",
    )
    .all(MOST_NODES);
}
