/** The columns of the node table, in order. */
export const NODE_COLUMNS = [
  ...(["node", "status", "since", "peers", "records", "earned", "restarts", "deaths"] as const),
  ...(["version", "port", "cpu", "mem", "peer_id", "note"] as const),
] as const;
export type NodeColumn = (typeof NODE_COLUMNS)[number];
