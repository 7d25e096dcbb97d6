import type { Database } from "bun:sqlite";
import {
  type ManagerKind,
  NODE_STATUSES,
  type Node,
  type NodeId,
  type NodeStatus,
  nodeName,
  type Readings,
  SOFTWARE_KINDS,
} from "../model/node.ts";
import { READING_NAMES } from "../software/readings.ts";
import { logFolderMeant, managerMeant } from "./legacy-rows.ts";

type Stored = number | string | null;
type Row = Record<string, Stored>;

/** Stored for a reading that is unknown: the columns of Python wnm may not be NULL. */
const UNKNOWN = -1;

/** Nodes' rows as they are stored, by number. */
export type Rows = Map<NodeId, Row>;

/**
 * Every node of the colony, by number. `usual` is the colony's own manager, for rows that name none in full. What was
 * read is remembered in `rows`.
 */
export function readNodes(db: Database, usual: ManagerKind | undefined, rows: Rows): readonly Node[] {
  return db
    .query<Row, []>("SELECT * FROM node ORDER BY id")
    .all()
    .map((row) => {
      const node = nodeOf(row, usual);
      rows.set(node.id, row);
      return node;
    });
}

const text = (value: Stored | undefined): string | undefined =>
  value === null || value === undefined || value === "" ? undefined : String(value);
const number = (value: Stored | undefined): number | undefined =>
  value === null || value === undefined ? undefined : Number(value);

function nodeOf(row: Row, usual: ManagerKind | undefined): Node {
  const status = NODE_STATUSES.find((known) => known === row.status) ?? ("STOPPED" satisfies NodeStatus);
  const id = Number(row.id) as NodeId;
  const root_dir = String(row.root_dir);
  const readings: Partial<Record<keyof Readings, number | undefined>> = {};
  for (const name of READING_NAMES) readings[name] = readingOf(row[name]);
  return {
    id,
    container_id: number(row.container_id),
    manager_type: managerMeant(String(row.manager_type), root_dir, usual),
    software: SOFTWARE_KINDS.find((known) => known === row.software) ?? "antnode",
    node_name: nodeName(id),
    service: String(row.service),
    user: String(row.user),
    binary: String(row.binary),
    version: text(row.version),
    root_dir,
    log_dir: text(row.log_dir) ?? logFolderMeant(root_dir),
    port: Number(row.port),
    metrics_port: Number(row.metrics_port),
    rpc_port: Number(row.rpc_port),
    network: String(row.network),
    wallet: text(row.wallet),
    peer_id: text(row.peer_id),
    status,
    status_since: Number(row.timestamp),
    born_at: Number(row.age),
    host: String(row.host),
    method: String(row.method),
    layout: String(row.layout),
    environment: text(row.environment),
    wanted: wantedOf(row, status),
    pid: number(row.pid),
    pid_started: number(row.pid_started),
    boot_id: text(row.boot_id),
    silent_since: number(row.silent_since),
    crashes: number(row.crashes) ?? 0,
    problem: text(row.problem),
    previous_version: text(row.previous_version),
    upgraded_itself: Number(row.upgraded_itself ?? 0) !== 0,
    cpu_seconds: number(row.cpu_seconds),
    data_bytes: number(row.data_bytes),
    db_size_gb: number(row.db_size_gb),
    peers_at: number(row.peers_at),
    ...(readings as Pick<Node, (typeof READING_NAMES)[number]>),
  };
}

const readingOf = (value: Stored | undefined): number | undefined => {
  const reading = number(value);
  return reading === undefined || !Number.isFinite(reading) || reading === UNKNOWN ? undefined : reading;
};

/** The state that `wanted` was stored with. */
const stateOf = (status: Stored | undefined, timestamp: Stored | undefined): string =>
  `${status} ${timestamp}`;

/**
 * Python wnm does not know what was wanted: a node that it left running or starting is to run. Where it has changed
 * a row since wnm wrote it, what wnm once wanted no longer counts.
 */
function wantedOf(row: Row, status: NodeStatus): Node["wanted"] {
  const ours = row.wanted_with === stateOf(row.status, row.timestamp);
  if (ours && (row.wanted === "running" || row.wanted === "stopped")) return row.wanted;
  return status === "RUNNING" || status === "RESTARTING" || status === "UPGRADING" ? "running" : "stopped";
}

/** The column of a field has its name, but for two that have Python wnm's. */
const columnOf = (field: string): string =>
  field === "status_since" ? "timestamp" : field === "born_at" ? "age" : field;

const READING_COLUMNS: ReadonlySet<string> = new Set(READING_NAMES);

/** How a field's column holds its value. */
function storedOf(value: Node[keyof Node], field: string): Stored {
  // A TEXT column: token amounts do not fit an integer.
  if (field === "rewards") return value === undefined ? null : String(value);
  if (value === undefined) return READING_COLUMNS.has(field) ? UNKNOWN : null;
  return typeof value === "boolean" ? Number(value) : value;
}

/** The columns of the node that differ from its row, all of them without one. */
function differences(node: Node, row: Row = {}): Row {
  const different: Row = {};
  for (const field in node) {
    const column = columnOf(field);
    const before = row[column];
    const value = node[field as keyof Node];
    // Most are as they were, and need no other form to be compared.
    if (value !== undefined && value === before) continue;
    const stored = storedOf(value, field);
    if (stored !== before) different[column] = stored;
  }
  if (row.machine_id !== 1) different.machine_id = 1;
  const state = stateOf(node.status, node.status_since);
  if (row.wanted_with !== state) different.wanted_with = state;
  return different;
}

/**
 * Writes the nodes: new ones whole, of known ones what differs from `rows`, which then says what is stored. Most minutes
 * change few columns and no index: 1000 nodes take a third of the time, and less memory, than when written whole.
 */
export function saveNodes(db: Database, nodes: readonly Node[], rows: Rows): void {
  for (const node of nodes) {
    const row = rows.get(node.id);
    if (row === undefined || !updateNode(db, node, row)) insertNode(db, node, rows);
  }
}

/** False when somebody has deleted the row. */
function updateNode(db: Database, node: Node, row: Row): boolean {
  const different = differences(node, row);
  const names = Object.keys(different);
  if (names.length === 0) return true;
  const set = names.map((name) => `${name} = ?`).join(", ");
  const statement = db.query(`UPDATE node SET ${set} WHERE id = ?`);
  const { changes } = statement.run(...Object.values(different), node.id);
  Object.assign(row, different);
  return changes > 0;
}

function insertNode(db: Database, node: Node, rows: Rows): void {
  const row = differences(node, undefined);
  const names = Object.keys(row);
  const marks = names.map(() => "?").join(", ");
  const update = names.filter((name) => name !== "id").map((name) => `${name} = excluded.${name}`);
  db.query(
    `INSERT INTO node (${names.join(", ")}) VALUES (${marks}) ON CONFLICT (id) DO UPDATE SET ${update.join(", ")}`,
  ).run(...Object.values(row));
  rows.set(node.id, row);
}

/** Forgets a node; only after what it stood for is verified gone. */
export function dropNode(db: Database, id: NodeId, rows: Rows): void {
  db.query("DELETE FROM node WHERE id = ?").run(id);
  rows.delete(id);
}
