import type { Database } from "bun:sqlite";
import type { Counters } from "../model/host.ts";
import { isFigure, type StoredRow } from "./columns.ts";

const SAMPLE_COLUMNS = [
  "boot_id",
  "taken_at",
  "uptime",
  "cpu_total",
  "cpu_idle",
  "cpu_iowait",
  "cpu_group_used",
  "disk_read_bytes",
  "disk_write_bytes",
  "net_read_bytes",
  "net_write_bytes",
] as const satisfies readonly (keyof Counters)[];

/** The counters of the last run; undefined when there are none, or none that can be read. */
export function readSample(db: Database): Counters | undefined {
  const row = db.query<StoredRow, []>("SELECT * FROM sample").get();
  if (row === null || typeof row.boot_id !== "string") return undefined;
  const { boot_id, ...figures } = row;
  if (!SAMPLE_COLUMNS.every((name) => name === "boot_id" || isFigure(figures[name]))) return undefined;
  if (figures.taken_at === null || figures.uptime === null) return undefined;
  return Object.fromEntries(SAMPLE_COLUMNS.map((name) => [name, row[name] ?? undefined])) as Counters;
}

export function saveSample(db: Database, sample: Counters): void {
  const marks = SAMPLE_COLUMNS.map(() => "?").join(", ");
  const values = SAMPLE_COLUMNS.map((name) => sample[name] ?? null);
  db.query(`INSERT OR REPLACE INTO sample (id, ${SAMPLE_COLUMNS.join(", ")}) VALUES (1, ${marks})`).run(
    ...values,
  );
}
