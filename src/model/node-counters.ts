/** An ant-node's counters since its start, beyond the readings of antnodes. undefined means unknown, never zero. */
export type NodeCounters = {
  /** When it reported them, in epoch seconds. */
  readonly counters_at: number | undefined;
  /** Bytes sent to and received from other nodes and clients. */
  readonly sent_bytes: number | undefined;
  readonly received_bytes: number | undefined;
  /** Requests for a chunk, to store a chunk, and for a quote. */
  readonly get_requests: number | undefined;
  readonly put_requests: number | undefined;
  readonly quotes: number | undefined;
  /** Its audits of other nodes, by result. */
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
