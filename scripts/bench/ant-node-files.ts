import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Node } from "../../src/model/node.ts";
import { closeGroup, freshIdentity, routingSnapshot, writeLmdb } from "../../test/fixtures/ant-node-files.ts";

const CHUNKS = 5000;
const ROUTING_PEERS = 1000;
const CLOSE_PEERS = 20;
/** More than wnm reads of a log. */
const LOG_LINES = 1200;

/** The row of a node after a full count of its chunks. */
export const HELD_BY_ANT_NODE = {
  software: "ant-node",
  version: "0.23.1",
  peer_id: "ab".repeat(32),
  records: CHUNKS,
  data_bytes: CHUNKS * 1024,
  counted_at: 1_800_000_000,
} as const satisfies Partial<Node>;

const name = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");

/** The files of an ant-node 0.23 after hours of running; its chunks are hard links to one file, as none is opened. */
export function makeAntNodeFiles({ root_dir, log_dir = "" }: Node): void {
  const now = Math.floor(Date.now() / 1000);
  mkdirSync(join(root_dir, "chunks"), { recursive: true });
  mkdirSync(log_dir, { recursive: true });
  const chunk = join(root_dir, "chunk");
  writeFileSync(chunk, new Uint8Array(1024));
  for (let index = 0; index < CHUNKS; index++) {
    const digits = name(`${index}`);
    const folder = join(root_dir, "chunks", digits.slice(-2));
    mkdirSync(folder, { recursive: true });
    linkSync(chunk, join(folder, digits));
  }
  writeFileSync(join(root_dir, "node_identity.key"), freshIdentity());
  writeFileSync(join(root_dir, "close_group_cache.json"), closeGroup(CLOSE_PEERS, now));
  writeFileSync(join(root_dir, "routing_snapshot.json"), routingSnapshot(name("own"), ROUTING_PEERS, now));
  writeLmdb(join(root_dir, "paid_list.mdb"), 0, 4096, 1);
  writeFileSync(join(log_dir, `ant-node.${new Date().toISOString().slice(0, 10)}.log`), logOf(CHUNKS));
}

/** What a node logs in some hours, with a prune pass near its end. */
function logOf(records: number): string {
  const stamp = new Date().toISOString().replace("Z", "000Z");
  const usual = `${stamp}  INFO saorsa_core::dht_network_manager: Handling PUBLISH_ADDRESS_SET from ${name("peer")}: seq=1795900152112492521 addrs=1`;
  const lines = Array.from({ length: LOG_LINES }, () => usual);
  lines[LOG_LINES - 100] =
    `${stamp}  INFO ant_node::replication::pruning: Prune pass complete: records total=${records} in_range=${records} pruned=0; paid total=0`;
  return `${lines.join("\n")}\n`;
}
