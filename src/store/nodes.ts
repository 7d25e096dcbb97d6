import type { Database } from "bun:sqlite";
import { WnmError } from "../base/errors.ts";
import { ACTION_TYPE_NAMES } from "../model/action-types.ts";
import { attoIn } from "../model/atto.ts";
import type { ColonyEvent } from "../model/event.ts";
import {
  type ManagerKind,
  type Node,
  type NodeId,
  nodeLabel,
  nodeName,
  REMOVAL_CAUSES,
  SOFTWARE_KINDS,
} from "../model/node.ts";
import { COUNTER_NAMES, type NodeCounters } from "../model/node-counters.ts";
import { isUp, NODE_STATUSES, type NodeStatus } from "../model/node-status.ts";
import type { Readings } from "../model/readings.ts";
import type { UnreadableNode } from "../settings/unreadable.ts";
import { READING_NAMES } from "../software/readings.ts";
import { NODE_COLUMNS, problemOf, type Stored, shown } from "./columns.ts";
import { saveEvents } from "./events.ts";
import { UNKNOWN } from "./python/hand-back.ts";
import { logFolderMeant, managerMeant } from "./python/rows.ts";

type Row = Record<string, Stored>;

/** The stored rows of nodes, by number. */
export type Rows = Map<NodeId, Row>;

/** The nodes, and rows with invalid values. */
export type NodeRows = { readonly nodes: readonly Node[]; readonly unreadable: readonly UnreadableNode[] };

/**
 * All nodes of the colony, by number. `usual`: the colony's manager, for rows with an incomplete name; `lost_containers`:
 * numbers of containers with unreadable rows. Adds the rows read to `rows`.
 */
export function readNodes(
  db: Database,
  usual: ManagerKind | undefined,
  rows: Rows,
  lost_containers: () => ReadonlySet<Stored | undefined>,
): NodeRows {
  const nodes: Node[] = [];
  const unreadable: UnreadableNode[] = [];
  const stored = db.query<Row, []>("SELECT * FROM node ORDER BY id").all();
  for (const row of stored) {
    const because =
      problemOf(row, NODE_COLUMNS) ??
      (typeof row.container_id === "number" && lost_containers().has(row.container_id)
        ? `the row of its container ${row.container_id} cannot be read`
        : undefined);
    if (because !== undefined) {
      unreadable.push(unreadableNode(row, because));
      continue;
    }
    const node = nodeOf(row, usual);
    rows.set(node.id, row);
    nodes.push(node);
  }
  return { nodes, unreadable };
}

function unreadableNode(row: Row, because: string): UnreadableNode {
  const legible = (name: "id" | "port" | "metrics_port"): number | undefined =>
    NODE_COLUMNS[name]?.(row[name] ?? null) === true ? Number(row[name]) : undefined;
  return {
    id: legible("id") as NodeId | undefined,
    because,
    ports: [legible("port"), legible("metrics_port")],
  };
}

const text = (value: Stored | undefined): string | undefined =>
  value === null || value === undefined || value === "" ? undefined : String(value);
/** A stored sentence, truncated to more than wnm's longest. */
const sentence = (value: Stored | undefined): string | undefined => text(value)?.slice(0, MOST_SENTENCE);
const MOST_SENTENCE = 4_000;

const number = (value: Stored | undefined): number | undefined =>
  value === null || value === undefined || value === "" ? undefined : Number(value);

const flag = (value: Stored | undefined): boolean | undefined =>
  value === null || value === undefined ? undefined : Number(value) !== 0;

/** The value if it is one of the words; undefined otherwise. */
const oneOf = <W extends string>(words: readonly W[], value: Stored | undefined): W | undefined =>
  (words as readonly unknown[]).includes(value) ? (value as W) : undefined;

const processOf = (row: Row) => ({
  pid: number(row.pid),
  pid_started: number(row.pid_started),
  boot_id: text(row.boot_id),
  stopping_since: number(row.stopping_since),
  stopping_to_restart: flag(row.stopping_to_restart) === true,
  supervisor_restarts: number(row.supervisor_restarts),
});

function nodeOf(row: Row, usual: ManagerKind | undefined): Node {
  const status = oneOf(NODE_STATUSES, row.status) ?? ("STOPPED" satisfies NodeStatus);
  const id = Number(row.id) as NodeId;
  const root_dir = String(row.root_dir);
  const readings: Partial<Record<keyof Readings, number | bigint | undefined>> = {};
  for (const name of READING_NAMES) readings[name] = readingOf(row[name]);
  readings.rewards = row.rewards === null ? undefined : attoIn(String(row.rewards));
  return {
    id,
    container_id: number(row.container_id),
    manager_type: managerMeant(String(row.manager_type), root_dir, usual),
    software: oneOf(SOFTWARE_KINDS, row.software) ?? "antnode",
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
    webrtc_port: number(row.webrtc_port),
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
    ...processOf(row),
    silent_since: number(row.silent_since),
    wanted_before: oneOf(WANTED, row.wanted_before),
    removal_cause: oneOf(REMOVAL_CAUSES, row.removal_cause),
    crashes: number(row.crashes) ?? 0,
    failures: number(row.failures) ?? 0,
    failed_action: oneOf(ACTION_TYPE_NAMES, row.failed_action),
    failed_at: number(row.failed_at),
    obstacle: sentence(row.obstacle),
    problem: sentence(row.problem),
    ...programOf(row),
    cpu_seconds: readingOf(row.cpu_seconds),
    data_bytes: readingOf(row.data_bytes),
    counted_at: number(row.counted_at),
    partial_count: text(row.partial_count),
    peers_at: number(row.peers_at),
    routing_at: number(row.routing_at),
    ...countersOf(row),
    died_at: number(row.died_at),
    ...moveOf(row),
    own_disk: flag(row.own_disk),
    has_key: flag(row.has_key) === true,
    ...(readings as Pick<Node, (typeof READING_NAMES)[number]>),
  };
}

const programOf = (row: Row) => ({
  previous_version: text(row.previous_version),
  upgraded_itself: Number(row.upgraded_itself ?? 0) !== 0,
  program_sha256: text(row.program_sha256),
  strange_program: text(row.strange_program),
});

const moveOf = (row: Row) => ({ moving_to: text(row.moving_to), moving_from: text(row.moving_from) });

function countersOf(row: Row): NodeCounters {
  const counters: Partial<Record<keyof NodeCounters, number | undefined>> = {};
  for (const name of COUNTER_NAMES) counters[name] = readingOf(row[name]);
  return counters as NodeCounters;
}

const WANTED = ["running", "stopped"] as const;

/** A reading; anything but a non-negative number is unknown. */
const readingOf = (value: Stored | undefined): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;

/** The status and time for which `wanted` was stored. */
const stateOf = (status: Stored | undefined, timestamp: Stored | undefined): string =>
  `${status} ${timestamp}`;

/**
 * The desired state. Python wnm stores none: a node that it left running or starting should run. If it has changed the row
 * since wnm wrote it, the stored desired state is void.
 */
function wantedOf(row: Row, status: NodeStatus): Node["wanted"] {
  const ours = row.wanted_with === stateOf(row.status, row.timestamp);
  if (ours && (row.wanted === "running" || row.wanted === "stopped")) return row.wanted;
  return isUp(status) ? "running" : "stopped";
}

/** The column of a field; equal names except for two of Python wnm's. */
const columnOf = (field: string): string =>
  field === "status_since" ? "timestamp" : field === "born_at" ? "age" : field;

const READING_COLUMNS: ReadonlySet<string> = new Set(READING_NAMES);

const EPOCHS: ReadonlySet<string> = new Set([
  ...[
    "timestamp",
    "age",
    "stopping_since",
    "silent_since",
    "peers_at",
    "routing_at",
    "failed_at",
    "counted_at",
    "died_at",
  ],
]);
/** Measurements that, unlike readings, are NULL when unknown. */
const MEASURES: ReadonlySet<string> = new Set(["cpu_seconds", "data_bytes", ...COUNTER_NAMES]);

/** Converts a value to its stored form, which `readNodes` can read back. */
function storedOf(value: Node[keyof Node], column: string): Stored {
  // A TEXT column, because token amounts exceed an integer.
  if (typeof value === "bigint") return String(value);
  const unknown = READING_COLUMNS.has(column) && column !== "rewards" ? UNKNOWN : null;
  if (value === undefined) return unknown;
  if (typeof value !== "number") return typeof value === "string" ? value : Number(value);
  if (EPOCHS.has(column)) return Math.max(-MOST, Math.min(MOST, Math.round(value)));
  return READING_COLUMNS.has(column) || MEASURES.has(column) ? (readingOf(value) ?? unknown) : value;
}

const MOST = Number.MAX_SAFE_INTEGER;

/** The columns of the node that differ from its row; all for a new node. */
function differences(node: Node, row: Row = {}): Row {
  const different: Row = {};
  for (const field in node) {
    const column = columnOf(field);
    const before = row[column];
    const value = node[field as keyof Node];
    // Most values are unchanged, which can be checked without converting them.
    if (value !== undefined && value === before) continue;
    const stored = storedOf(value, column);
    if (stored === before) continue;
    if (NODE_COLUMNS[column]?.(stored) === false)
      throw new WnmError(
        `${nodeLabel(node)} would be stored with ${column} ${shown(stored)}, which could not be read again; nothing was stored. This is a bug in wnm; please report it`,
      );
    different[column] = stored;
  }
  if (row.machine_id !== 1) different.machine_id = 1;
  const state = stateOf(node.status, node.status_since);
  if (row.wanted_with !== state) different.wanted_with = state;
  return different;
}

/**
 * Writes the nodes: new ones whole, known ones where they differ from `rows`, which is updated. Most minutes change few
 * columns and no index: 1000 nodes take a third of the time of whole rows, and less memory.
 */
export function saveNodes(db: Database, nodes: readonly Node[], rows: Rows): void {
  for (const node of nodes) {
    const row = rows.get(node.id);
    if (row === undefined || !updateNode(db, node, row)) insertNode(db, node, rows);
  }
}

/** False when the row has been deleted. */
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

/** Forgets a node, and stores the event that says so; call it only after the node is verified gone. */
export function dropNode(db: Database, id: NodeId, rows: Rows, event?: ColonyEvent): void {
  db.transaction(() => {
    db.query("DELETE FROM node WHERE id = ?").run(id);
    if (event !== undefined) saveEvents(db, [event]);
  }).immediate();
  rows.delete(id);
}
