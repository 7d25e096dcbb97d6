import type { Database } from "bun:sqlite";
import type { Container } from "../model/container.ts";
import type { UnreadableRow } from "../settings/unreadable.ts";
import { CONTAINER_COLUMNS, problemOf, type StoredRow } from "./columns.ts";

const RANGES = [
  "port_range_start",
  "port_range_end",
  "metrics_port_range_start",
  "metrics_port_range_end",
] as const;

/** The containers, and rows with invalid values. */
export type ContainerRows = {
  readonly containers: readonly Container[];
  readonly unreadable: readonly UnreadableRow[];
};

/** All containers of the colony, by number. */
export function readContainers(db: Database): ContainerRows {
  const containers: Container[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const row of db.query<StoredRow, []>("SELECT * FROM container ORDER BY id").all()) {
    const because = problemOf(row, CONTAINER_COLUMNS);
    if (because === undefined) containers.push(containerOf(row));
    else unreadable.push({ id: typeof row.id === "number" ? row.id : undefined, because });
  }
  return { containers, unreadable };
}

const containerOf = (row: StoredRow): Container => ({
  id: Number(row.id),
  name: String(row.name),
  engine_id: String(row.container_id),
  image: String(row.image),
  status: String(row.status),
  created_at: Number(row.created_at),
  port_range_start: Number(row.port_range_start ?? 0),
  port_range_end: Number(row.port_range_end ?? 0),
  metrics_port_range_start: Number(row.metrics_port_range_start ?? 0),
  metrics_port_range_end: Number(row.metrics_port_range_end ?? 0),
  storage: String(row.storage ?? ""),
});

/** Inserts or updates a container. */
export function saveContainer(db: Database, container: Container): void {
  const { id, name, engine_id, image, status, created_at, storage } = container;
  const ranges = RANGES.map((column) => container[column]);
  const columns = [
    "id",
    "machine_id",
    "container_id",
    "name",
    "image",
    "status",
    "created_at",
    "storage",
    ...RANGES,
  ];
  db.query(
    `INSERT OR REPLACE INTO container (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  ).run(id, 1, engine_id, name, image, status, created_at, storage, ...ranges);
}

/** Deletes a container's row; call this only after verifying that the container is gone. */
export function dropContainer(db: Database, id: number): void {
  db.query("DELETE FROM container WHERE id = ?").run(id);
}
