/** Columns of the table of nodes, in their order. */
export const NODE_COLUMNS = [
  ...(["node", "status", "since", "peers", "records", "earned", "restarts", "version"] as const),
  ...(["port", "cpu", "mem", "peer_id", "note"] as const),
] as const;
export type NodeColumn = (typeof NODE_COLUMNS)[number];
