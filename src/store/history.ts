import type { Database } from "bun:sqlite";
import type { DiskHistory } from "../model/disk.ts";
import { type History, NO_HISTORY, SAMPLED, SUMMARISED } from "../model/history.ts";
import type { Stored, StoredRow } from "./columns.ts";

/** Scale for storing figures as integers: byte rates as they are, percentages and loads in tenths. */
const scaleOf = (name: string): number => (name.endsWith("_bytes") ? 1 : 10);

type Figure = number | undefined;
type Packed = readonly (number | null)[];

const packedFigure = (name: string, value: Figure): number | null =>
  value === undefined ? null : Math.round(value * scaleOf(name));

/** Reads the history. Unreadable samples are treated as missing, so the rules wait for new ones. */
export function readHistory(db: Database): History {
  const row = db.query<StoredRow, []>("SELECT * FROM history").get();
  if (row === null) return NO_HISTORY;
  return {
    samples: unpacked(row.samples, ["taken_at", "nodes"], SAMPLED) as History["samples"],
    quarters: unpacked(row.quarters, ["began_at", "nodes"], SUMMARISED) as History["quarters"],
    deletion: deletionOf(row),
    failed_adds: isWhole(row.failed_adds) ? Math.max(0, row.failed_adds) : 0,
    add_failed_at: isWhole(row.add_failed_at) ? row.add_failed_at : undefined,
  };
}

function deletionOf(row: StoredRow): History["deletion"] {
  const [deleted_at, free_hd_bytes, data_bytes] = [
    row.deleted_at,
    row.deleted_free_bytes,
    row.deleted_data_bytes,
  ];
  return isWhole(deleted_at) && isWhole(free_hd_bytes) && isWhole(data_bytes)
    ? { deleted_at, free_hd_bytes, data_bytes }
    : undefined;
}

/** The fields of a disk's samples and quarter-hours, apart from the number of nodes. */
const OF_DISK = ["used_hd_percent"] as const;

/** The disks' histories by name. */
export const readDiskHistories = (db: Database): ReadonlyMap<string, DiskHistory> =>
  new Map(
    db
      .query<StoredRow, []>("SELECT * FROM disk_history")
      .all()
      .map((row) => [
        String(row.disk),
        {
          samples: unpacked(row.samples, ["taken_at", "nodes"], OF_DISK) as DiskHistory["samples"],
          quarters: unpacked(row.quarters, ["began_at", "nodes"], OF_DISK) as DiskHistory["quarters"],
          deletion: deletionOf(row),
        },
      ]),
  );

export function saveDiskHistories(db: Database, histories: ReadonlyMap<string, DiskHistory>): void {
  for (const [disk, { samples, quarters, deletion }] of histories)
    db.query(
      `INSERT OR REPLACE INTO disk_history
       (disk, samples, quarters, deleted_at, deleted_free_bytes, deleted_data_bytes) VALUES (?, ?, ?, ?, ?, ?)`,
    ).run(
      disk,
      packed(samples, ["taken_at", "nodes"], OF_DISK),
      packed(quarters, ["began_at", "nodes"], OF_DISK),
      deletion?.deleted_at ?? null,
      deletion?.free_hd_bytes ?? null,
      deletion?.data_bytes ?? null,
    );
}

const isWhole = (value: Stored | undefined): value is number => Number.isSafeInteger(value);

/** Parses rows of integers in JSON: times relative to the first, then figures. */
function unpacked(
  stored: Stored | undefined,
  whole: readonly [string, string],
  figures: readonly string[],
): readonly Readonly<Record<string, Figure>>[] {
  const rows = parsed(stored);
  const first = rows?.[0]?.[0];
  if (rows === undefined || typeof first !== "number") return [];
  const scales = figures.map(scaleOf);
  const unpackedRows: Record<string, Figure>[] = [];
  // Every run reads a day's thousand figures, and loops take half the time of map().
  for (const row of rows) {
    const [moment, nodes] = row;
    if (row.length !== whole.length + figures.length || !isWhole(moment) || !isWhole(nodes)) return [];
    const one: Record<string, Figure> = {
      [whole[0]]: row === rows[0] ? first : first + moment,
      [whole[1]]: nodes,
    };
    for (let i = 0; i < figures.length; i++) {
      const value = row[whole.length + i];
      if (value !== null && !isWhole(value)) return [];
      one[figures[i] ?? ""] = value === null ? undefined : value / (scales[i] ?? 1);
    }
    unpackedRows.push(one);
  }
  return unpackedRows;
}

function parsed(stored: Stored | undefined): readonly Packed[] | undefined {
  if (typeof stored !== "string") return undefined;
  try {
    const rows: unknown = JSON.parse(stored);
    return Array.isArray(rows) && rows.every(Array.isArray) ? rows : undefined;
  } catch {
    return undefined;
  }
}

function packed(
  rows: readonly Readonly<Record<string, Figure>>[],
  whole: readonly [string, string],
  figures: readonly string[],
): string {
  const first = rows[0]?.[whole[0]] ?? 0;
  return JSON.stringify(
    rows.map((row, i) => [
      Math.round(i === 0 ? first : (row[whole[0]] ?? 0) - first),
      Math.round(row[whole[1]] ?? 0),
      ...figures.map((name) => packedFigure(name, row[name])),
    ]),
  );
}

/** Writes the history into its table's single row, which, for a day of quarter-hours, fits into a 4096-byte page. */
export function saveHistory(db: Database, history: History): void {
  const { deletion } = history;
  db.query(
    `INSERT OR REPLACE INTO history
     (id, samples, quarters, deleted_at, deleted_free_bytes, deleted_data_bytes, failed_adds, add_failed_at)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    packed(history.samples, ["taken_at", "nodes"], SAMPLED),
    packed(history.quarters, ["began_at", "nodes"], SUMMARISED),
    deletion?.deleted_at ?? null,
    deletion?.free_hd_bytes ?? null,
    deletion?.data_bytes ?? null,
    history.failed_adds,
    history.add_failed_at ?? null,
  );
}
