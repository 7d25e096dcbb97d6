import type { Snapshot } from "../../src/decide/snapshot.ts";
import type { Node } from "../../src/model/node.ts";
import { aNode, aSnapshot, aStoppedNode, NOW, quietMetrics } from "../support/builders.ts";

/** Created 30 days and 5 hours before NOW. Readings are multiples of ten, mem and cpu hundredths: 97.81 MiB, 0.03 %. */
export const RUNNING: Node = aNode(1, {
  born_at: NOW - 30 * 86_400 - 5 * 3600,
  peer_id: "12D3KooWFirst",
  records: 10,
  uptime: 20,
  shunned: 30,
  connected_peers: 40,
  gets: 50,
  puts: 60,
  mem: 9781,
  cpu: 3,
  open_connections: 70,
  total_peers: 80,
  bad_peers: 90,
  rel_records: 100,
  max_records: 16_384,
  rewards: 110n,
  payment_count: 120,
  live_time: 130,
  network_size: 1001,
  shunned_count: 140,
  shunned_by_old_close_group: 150,
});

/** Also runs, estimates a different size of the network, and reports nothing else about itself. */
export const QUIET: Node = aNode(2, { born_at: NOW - 61, peer_id: undefined, network_size: 2000 });

/** Stopped, of an unknown version, with text that every format must escape. */
export const HOSTILE: Node = {
  ...aStoppedNode(12, {
    version: undefined,
    peer_id: 'a "quoted" back\\slash, comma=equals',
    log_dir: undefined,
    born_at: 0,
    environment: "A='b c'",
    problem: "it\nbroke",
  }),
  wallet: undefined,
};

/** The machine of aSnapshot: cpu 10 %, memory 20 %, disk 30 % of 1 TB (7e11 bytes free), loads 0.1. */
export const colonyOf = (...nodes: readonly Node[]): Snapshot =>
  aSnapshot({ nodes, metrics: { ...quietMetrics, used_cpu_percent: 12.5 } });
