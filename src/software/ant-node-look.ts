import type { Finding } from "../model/finding.ts";
import type { Node, Seconds } from "../model/node.ts";
import type { Reading } from "../model/observation.ts";
import { NO_READINGS } from "../model/readings.ts";
import { CHUNK_FOLDERS, countChunks, partialCountText, readPartialCount } from "./ant-node-chunks.ts";
import { rememberedCounters } from "./ant-node-counters.ts";
import {
  CLOSE_GROUP,
  type FolderLook,
  logTail,
  lookAtFolder,
  type PeerCount,
  peerIdOfKey,
  ROUTING_TABLE,
  savedPeers,
  smallText,
} from "./ant-node-files.ts";
import { antNodeFindings } from "./ant-node-findings.ts";
import { type LogTail, readLogTail } from "./ant-node-log.ts";
import {
  chunkStoresIn,
  type Held,
  heldInDatabase,
  heldInFiles,
  readsFiles,
  unreadStores,
} from "./ant-node-stores.ts";
import type { Question } from "./software.ts";

export const KEY_FILE = "node_identity.key";

/** Reads the state of a running ant-node from disk; it counts as answering when its port is bound. */
export function lookAtNode(node: Node, question: Question): Reading {
  const { identity, pid, started_at, udpPorts, now } = question;
  const ports = udpPorts(pid);
  if (ports === undefined ? pid === undefined : !ports.has(node.port))
    return { answered: false, because: "refused" };
  const log = lastLog(node, started_at ?? Number.POSITIVE_INFINITY, now);
  const look = lookAtFolder(node.root_dir);
  const { held, findings } = storedBy(node, log, look, question);
  const { close, routing } = peersOf(node, log, look, started_at);
  const counters = log?.counters ?? rememberedCounters(node, started_at);
  const key = identity ? smallText(node.root_dir, KEY_FILE) : undefined;
  const peers = newestOf(log?.peers, close);
  return {
    answered: true,
    readings: {
      ...NO_READINGS,
      records: held.records,
      connected_peers: close?.count,
      total_peers: routing?.count,
      gets: counters?.gets,
      puts: counters?.puts,
      payment_count: counters?.payment_count,
    },
    counters,
    version: log?.version,
    peer_id: key === undefined ? undefined : peerIdOfKey(key),
    data_bytes: held.data_bytes,
    counted_at: held.counted_at,
    partial_count: held.partial_count,
    peers_at: close?.at,
    routing_at: routing?.at,
    ready: log?.ready,
    trouble: log?.trouble,
    findings: [...findings, ...antNodeFindings(node, { log, peers, now, started_at })],
  };
}

/** The end of the node's log since a given time; undefined when it has none. */
export function lastLog(node: Node, since: Seconds, now: Seconds): LogTail | undefined {
  const tail = logTail(node.log_dir, since, now);
  return tail === undefined ? undefined : readLogTail(tail);
}

type Peers = { readonly close: PeerCount | undefined; readonly routing: PeerCount | undefined };

/** The node's close group and its whole routing table, which its log counts only at its start. */
function peersOf(
  node: Node,
  log: LogTail | undefined,
  look: FolderLook | undefined,
  started_at: Seconds | undefined,
): Peers {
  const said = log?.peers;
  const known = (count: number | undefined, at: Seconds | undefined): PeerCount | undefined =>
    count === undefined || at === undefined || at === said?.at ? undefined : { count, at };
  const { root_dir } = node;
  const saved = savedPeers(root_dir, CLOSE_GROUP, look, known(node.connected_peers, node.peers_at));
  const table = savedPeers(root_dir, ROUTING_TABLE, look, known(node.total_peers, node.routing_at));
  const isOld = saved !== undefined && saved.at < (started_at ?? 0);
  return { close: isOld ? (said ?? saved) : (saved ?? said), routing: newestOf(said, table) };
}

const newestOf = (a: PeerCount | undefined, b: PeerCount | undefined): PeerCount | undefined =>
  a !== undefined && b !== undefined && b.at > a.at ? b : (a ?? b);

type Counting = Held & Pick<Node, "counted_at" | "partial_count">;

/** The node's records, and unread stores in its folder. Between counts, a newer figure from its log is used. */
function storedBy(
  node: Node,
  log: LogTail | undefined,
  look: FolderLook | undefined,
  { count, now }: Question,
): { readonly held: Counting; readonly findings: readonly Finding[] } {
  const { records, data_bytes, counted_at, partial_count } = node;
  const last: Counting = { records, data_bytes, counted_at, partial_count };
  // A failed count also uses up its turn.
  const passed: Counting = { ...last, counted_at: now, partial_count: undefined };
  if (look === undefined) return { held: passed, findings: [] };
  const stores = chunkStoresIn(node.root_dir, look.names);
  const version = log?.version ?? node.version;
  const findings = unreadStores(node, stores, version);
  if (!readsFiles(stores, version))
    return { held: { ...passed, ...heldInDatabase(node.root_dir, stores) }, findings };
  if (count > 0) {
    const counted = countChunks(node.root_dir, readPartialCount(partial_count), count);
    if (counted === undefined) return { held: passed, findings };
    if (counted.next < CHUNK_FOLDERS)
      return { held: { ...last, ...told(node, log), partial_count: partialCountText(counted) }, findings };
    return { held: { ...passed, ...heldInFiles(node.root_dir, counted, stores, version) }, findings };
  }
  return { held: { ...last, ...told(node, log) }, findings };
}

/** The node's own record count, if newer than that of its folders. */
function told({ counted_at }: Node, log: LogTail | undefined): Pick<Held, "records"> | undefined {
  const said = log?.records;
  return said !== undefined && said.at > (counted_at ?? 0) ? { records: said.count } : undefined;
}
