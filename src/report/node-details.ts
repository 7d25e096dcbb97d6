import type { Node, Seconds } from "../model/node.ts";
import { COUNTER_NAMES } from "../model/node-counters.ts";
import { NO_READINGS, type Readings } from "../model/readings.ts";
import { type AsOf, ageLine, isOld, shownStatus, withoutOldReadings } from "./as-of.ts";
import { counterLines } from "./counter-lines.ts";
import { peersOf } from "./node-status.ts";

/** Readings unknown to Python wnm, which come last. */
const OWN: readonly (keyof Readings)[] = ["shunned_count", "shunned_by_old_close_group"];
const KNOWN = (Object.keys(NO_READINGS) as readonly (keyof Readings)[]).filter((name) => !OWN.includes(name));

/** A block of lines per node as Python wnm prints it, but with correct paths. */
export function nodeDetailsText(nodes: readonly Node[], asOf: AsOf): string {
  if (nodes.length === 0) return "No nodes found.\n";
  const { now } = asOf;
  const age = ageLine(asOf);
  const blocks = nodes
    .map((node) =>
      [
        `Service Name: ${node.service}`,
        `Version: ${node.version ?? "-"}`,
        `Port: ${node.port}`,
        `Metrics Port: ${node.metrics_port}`,
        ...(node.webrtc_port === undefined ? [] : [`WebRTC Port: ${node.webrtc_port}`]),
        `Data path: ${node.root_dir}`,
        `Log path: ${node.log_dir ?? "-"}`,
        `Bin Path: ${node.binary}`,
        `Connected peers: ${peersOf(node, now)}`,
        `Rewards address: ${node.wallet ?? "-"}`,
        `Age: ${ageOf(node, now)}`,
        `Peer ID: ${node.peer_id ?? "-"}`,
        `Status: ${shownStatus(node, now)}`,
        `Software: ${node.software}`,
        `Disk: ${node.data_bytes === undefined ? "-" : `${node.data_bytes} bytes`}`,
        ...counterLines(withoutOldReadings(node), now),
        ...(node.problem === undefined ? [] : [`Problem: ${node.problem.replace(/\s+/g, " ")}`]),
        "",
      ].join("\n"),
    )
    .join("\n");
  return age === undefined ? blocks : `${blocks}\n${age}\n`;
}

/** When the node was created, in seconds since 1970 as Python wnm has it, and how long ago: "1800000000 (30 d 0 h)". */
function ageOf(node: Node, now: Seconds): string {
  if (node.born_at <= 0 || node.born_at > now) return String(node.born_at);
  const age = now - node.born_at;
  return `${node.born_at} (${Math.floor(age / 86_400)} d ${Math.floor((age % 86_400) / 3600)} h)`;
}

/** The database row, in Python wnm's order: one object for one node, a list for several. */
export function nodeDetailsJson(nodes: readonly Node[], asOf: AsOf): unknown {
  const old = isOld(asOf) && asOf.surveyed_at !== undefined ? { as_of: asOf.surveyed_at } : {};
  const rows = nodes.map((node) => ({ ...rowOf(withoutOldReadings(node)), ...old }));
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
    // As text: a token amount does not fit into a JSON number of most readers.
    rewards: node.rewards === undefined ? null : String(node.rewards),
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
    webrtc_port: node.webrtc_port ?? null,
    data_bytes: node.data_bytes ?? null,
    peers_at: node.peers_at ?? null,
    removal_cause: node.removal_cause ?? null,
    failures: node.failures,
    failed_action: node.failed_action ?? null,
    failed_at: node.failed_at ?? null,
    routing_at: node.routing_at ?? null,
    stopping_since: node.stopping_since ?? null,
    ...Object.fromEntries(COUNTER_NAMES.map((name) => [name, node[name] ?? null])),
  };
}
