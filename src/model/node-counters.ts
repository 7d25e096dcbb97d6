/** What an ant-node has counted since its start, beside the readings of legacy nodes. undefined is unknown, never zero. */
export type NodeCounters = {
  /** When it said so, in epoch seconds. */
  readonly counters_at: number | undefined;
  /** Bytes of its messages to and from other nodes and clients. */
  readonly sent_bytes: number | undefined;
  readonly received_bytes: number | undefined;
  /** How often it was asked for a chunk, to take a chunk, and for a price. */
  readonly get_requests: number | undefined;
  readonly put_requests: number | undefined;
  readonly quotes: number | undefined;
  /** Audits that it made of other nodes, by how those did. */
  readonly audits_passed: number | undefined;
  readonly audits_failed: number | undefined;
};

/** Every counter unknown. */
export const NO_COUNTERS: NodeCounters = {
  counters_at: undefined,
  sent_bytes: undefined,
  received_bytes: undefined,
  get_requests: undefined,
  put_requests: undefined,
  quotes: undefined,
  audits_passed: undefined,
  audits_failed: undefined,
};

export const COUNTER_NAMES = Object.keys(NO_COUNTERS) as readonly (keyof NodeCounters)[];
