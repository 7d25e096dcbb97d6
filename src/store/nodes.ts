import type { Database } from "bun:sqlite";
import {
  MANAGER_KINDS,
  type ManagerKind,
  NODE_STATUSES,
  type Node,
  type NodeId,
  type NodeStatus,
  type Readings,
} from "../model/node.ts";
import { READING_NAMES } from "../software/readings.ts";

type Stored = number | string | null;
type Row = Readonly<Record<string, Stored>>;

/** Stored for a reading that is unknown: the columns of Python wnm may not be NULL. */
const UNKNOWN = -1;

/** Every node of the colony, by number. */
export const readNodes = (db: Database): readonly Node[] =>
  db.query<Row, []>("SELECT * FROM node ORDER BY id").all().map(nodeOf);

const text = (value: Stored | undefined): string | undefined =>
  value === null || value === undefined || value === "" ? undefined : String(value);
const number = (value: Stored | undefined): number | undefined =>
  value === null || value === undefined ? undefined : Number(value);

function nodeOf(row: Row): Node {
  const status = NODE_STATUSES.find((known) => known === row.status) ?? ("STOPPED" satisfies NodeStatus);
  const readings: Partial<Record<keyof Readings, number | undefined>> = {};
  for (const name of READING_NAMES) readings[name] = readingOf(row[name]);
  return {
    id: Number(row.id) as NodeId,
    container_id: number(row.container_id),
    manager_type: managerOf(String(row.manager_type)),
    node_name: String(row.node_name),
    service: String(row.service),
    user: String(row.user),
    binary: String(row.binary),
    version: text(row.version),
    root_dir: String(row.root_dir),
    log_dir: text(row.log_dir),
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
    wanted: wantedOf(row.wanted, status),
    pid: number(row.pid),
    pid_started: number(row.pid_started),
    boot_id: text(row.boot_id),
    silent_since: number(row.silent_since),
    crashes: number(row.crashes) ?? 0,
    problem: text(row.problem),
    previous_version: text(row.previous_version),
    ...(readings as Pick<Node, (typeof READING_NAMES)[number]>),
  };
}

const readingOf = (value: Stored | undefined): number | undefined => {
  const reading = number(value);
  return reading === undefined || !Number.isFinite(reading) || reading === UNKNOWN ? undefined : reading;
};

const managerOf = (value: string): ManagerKind =>
  MANAGER_KINDS.find((known) => known === value) ??
  MANAGER_KINDS.find((known) => known.startsWith(`${value}+`)) ??
  "setsid+user";

/** Python wnm does not know what was wanted: a node that it left running or starting is to run. */
const wantedOf = (value: Stored | undefined, status: NodeStatus): Node["wanted"] =>
  value === "running" || value === "stopped"
    ? value
    : status === "RUNNING" || status === "RESTARTING" || status === "UPGRADING"
      ? "running"
      : "stopped";

/** The node as its columns hold it: the two renames and the unknown readings are here and nowhere else. */
function columnsOf(node: Node): Record<string, Stored | undefined> {
  const { status_since, born_at, ...fields } = node;
  const columns: Record<string, Stored | undefined> = {
    machine_id: 1,
    timestamp: status_since,
    age: born_at,
    ...fields,
  };
  for (const name of READING_NAMES) columns[name] ??= UNKNOWN;
  // A TEXT column: token amounts do not fit an integer.
  columns.rewards = node.rewards === undefined ? null : String(node.rewards);
  return columns;
}

/** Writes the nodes, new or known. One statement serves all: its text for each was half of the time, measured. */
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
