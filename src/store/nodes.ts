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
type Row = Readonly<Record<string, Stored>>;

/** Stored for a reading that is unknown: the columns of Python wnm may not be NULL. */
const UNKNOWN = -1;

/** Every node of the colony, by number. `usual` is the colony's own manager, for rows that name none in full. */
export const readNodes = (db: Database, usual?: ManagerKind): readonly Node[] =>
  db
    .query<Row, []>("SELECT * FROM node ORDER BY id")
    .all()
    .map((row) => nodeOf(row, usual));

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

/** The node as its columns hold it: the two renames and the unknown readings are here and nowhere else. */
function columnsOf(node: Node): Record<string, Stored | undefined> {
  const { status_since, born_at, ...fields } = node;
  const columns: Record<string, Stored | undefined> = {
    machine_id: 1,
    timestamp: status_since,
    age: born_at,
    ...fields,
    upgraded_itself: Number(node.upgraded_itself),
    wanted_with: stateOf(node.status, status_since),
  };
  for (const name of READING_NAMES) columns[name] ??= UNKNOWN;
  // A TEXT column: token amounts do not fit an integer.
  columns.rewards = node.rewards === undefined ? null : String(node.rewards);
  return columns;
}

/** Writes the nodes, new or known. One statement serves all. */
export function saveNodes(db: Database, nodes: readonly Node[]): void {
  const [first] = nodes;
  if (first === undefined) return;
  const names = Object.keys(columnsOf(first));
  const update = names.filter((name) => name !== "id").map((name) => `${name} = excluded.${name}`);
  const statement = db.query(
    `INSERT INTO node (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})
     ON CONFLICT (id) DO UPDATE SET ${update.join(", ")}`,
  );
  for (const node of nodes) {
    const columns = columnsOf(node);
    statement.run(...names.map((name) => columns[name] ?? null));
  }
}

/** Forgets a node; only after what it stood for is verified gone. */
export function dropNode(db: Database, id: NodeId): void {
  db.query("DELETE FROM node WHERE id = ?").run(id);
}
