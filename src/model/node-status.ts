/** Statuses of a node, as Python wnm spells them. */
export const NODE_STATUSES = [
  "RUNNING",
  "STOPPED",
  "UPGRADING",
  "RESTARTING",
  "MIGRATING",
  "REMOVING",
  "DEAD",
  "DISABLED",
] as const;
export type NodeStatus = (typeof NODE_STATUSES)[number];

/** Statuses of a node that is running or about to run. */
export const UP_STATUSES = ["RUNNING", "RESTARTING", "UPGRADING"] as const satisfies readonly NodeStatus[];

export const isUp = (status: NodeStatus): boolean => UP_STATUSES.some((up) => up === status);
