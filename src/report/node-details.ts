import { promisedBytes } from "../decide/ration.ts";
import { NO_READINGS, type Node, type Readings, type Seconds } from "../model/node.ts";
import { peersOf } from "./node-status.ts";

/** Readings that Python wnm does not have stand last. */
const OWN: readonly (keyof Readings)[] = ["shunned_count", "shunned_by_old_close_group"];
const KNOWN = (Object.keys(NO_READINGS) as readonly (keyof Readings)[]).filter((name) => !OWN.includes(name));

/** A block of lines a node, an empty line between two, as Python wnm prints it; with the paths and the age right. */
export function nodeDetailsText(nodes: readonly Node[], now: Seconds): string {
  if (nodes.length === 0) return "No nodes found.\n";
  return nodes
    .map((node) =>
      [
        `Service Name: ${node.service}`,
        `Version: ${node.version ?? "-"}`,
        `Port: ${node.port}`,
        `Metrics Port: ${node.metrics_port}`,
        `Data path: ${node.root_dir}`,
        `Log path: ${node.log_dir ?? "-"}`,
        `Bin Path: ${node.binary}`,
        `Connected peers: ${peersOf(node, now)}`,
        `Rewards address: ${node.wallet ?? "-"}`,
        `Age: ${ageOf(node, now)}`,
        `Peer ID: ${node.peer_id ?? "-"}`,
        `Status: ${node.status}`,
        `Software: ${node.software}`,
        `Disk: ${diskOf(node)}`,
        ...(node.problem === undefined ? [] : [`Problem: ${node.problem.replace(/\s+/g, " ")}`]),
        "",
      ].join("\n"),
    )
    .join("\n");
}

/** What it has taken of its promise: "1000 of 1342177280 bytes". */
function diskOf(node: Node): string {
  const promised = promisedBytes(node);
  if (node.data_bytes === undefined && promised === undefined) return "-";
  return `${node.data_bytes ?? "-"}${promised === undefined ? "" : ` of ${promised}`} bytes`;
}

/** Time since the node was made: "2592061 s (30 d 0 h)". */
function ageOf(node: Node, now: Seconds): string {
  if (node.born_at <= 0 || node.born_at > now) return "-";
  const age = now - node.born_at;
  return `${age} s (${Math.floor(age / 86_400)} d ${Math.floor((age % 86_400) / 3600)} h)`;
}

/** The whole row of the database, in Python wnm's order: one object for one node, a list for several. */
export function nodeDetailsJson(nodes: readonly Node[]): unknown {
  const rows = nodes.map(rowOf);
  if (rows.length === 0) return { error: "No nodes found" };
  return rows.length === 1 ? rows[0] : rows;
}

function rowOf(node: Node): Readonly<Record<string, unknown>> {
  const readings = (names: readonly (keyof Readings)[]) =>
    Object.fromEntries(names.map((name) => [name, node[name] ?? null]));
  return {
    id: node.id,
    machine_id: 1,
    container_id: node.container_id ?? null,
    manager_type: node.manager_type,
    node_name: node.node_name,
    service: node.service,
    user: node.user,
    binary: node.binary,
    version: node.version ?? null,
    root_dir: node.root_dir,
    log_dir: node.log_dir ?? null,
    port: node.port,
    metrics_port: node.metrics_port,
    rpc_port: node.rpc_port,
    network: node.network,
    wallet: node.wallet ?? null,
    peer_id: node.peer_id ?? null,
    status: node.status,
    timestamp: node.status_since,
    ...readings(KNOWN),
    // Token amounts do not fit a number of every reader.
    rewards: node.rewards === undefined ? null : wholeDigits(node.rewards),
    age: node.born_at,
    host: node.host,
    method: node.method,
    layout: node.layout,
    environment: node.environment ?? null,
    wanted: node.wanted,
    crashes: node.crashes,
    silent_since: node.silent_since ?? null,
    problem: node.problem ?? null,
    ...readings(OWN),
    software: node.software,
    data_bytes: node.data_bytes ?? null,
    promised_bytes: promisedBytes(node) ?? null,
    peers_at: node.peers_at ?? null,
  };
}

/** All digits of an amount, never an exponent. */
export const wholeDigits = (amount: number): string =>
  Number.isInteger(amount) ? BigInt(amount).toString() : String(amount);
