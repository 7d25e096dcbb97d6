import type { Node } from "../../model/node.ts";
import { NO_COUNTERS } from "../../model/node-counters.ts";
import { NO_READINGS } from "../../model/readings.ts";

/** Clears everything that belongs to a process. */
export const NO_PROCESS = {
  pid: undefined,
  pid_started: undefined,
  boot_id: undefined,
  stopping_since: undefined,
  stopping_to_restart: false,
  supervisor_restarts: undefined,
} as const;

/** Clears the readings of the process; records and earnings are kept, because they outlast it. */
export const withoutReadings = (node: Node): Node => ({
  ...node,
  ...NO_READINGS,
  ...NO_COUNTERS,
  records: node.records,
  rewards: node.rewards,
  cpu_seconds: undefined,
  peers_at: undefined,
  routing_at: undefined,
});

/** Clears the node's process. */
export const withoutProcess = (node: Node): Node => ({
  ...withoutReadings(node),
  ...NO_PROCESS,
  silent_since: undefined,
});

/** A new node, before its first survey. */
export const UNSEEN = {
  container_id: undefined,
  peer_id: undefined,
  layout: "1",
  ...NO_PROCESS,
  silent_since: undefined,
  wanted_before: undefined,
  removal_cause: undefined,
  crashes: 0,
  died_at: undefined,
  failures: 0,
  failed_action: undefined,
  failed_at: undefined,
  obstacle: undefined,
  problem: undefined,
  previous_version: undefined,
  upgraded_itself: false,
  program_sha256: undefined,
  strange_program: undefined,
  cpu_seconds: undefined,
  data_bytes: undefined,
  counted_at: undefined,
  partial_count: undefined,
  webrtc_port: undefined,
  peers_at: undefined,
  routing_at: undefined,
  moving_to: undefined,
  moving_from: undefined,
  own_disk: undefined,
  has_key: false,
  ...NO_READINGS,
  ...NO_COUNTERS,
} as const;
