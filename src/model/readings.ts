/** What a node reports about itself. undefined is unknown, never zero. `mem` is in 1/100 MiB, `cpu` in 1/100 percent. */
export type Readings = {
  readonly records: number | undefined;
  readonly uptime: number | undefined;
  readonly shunned: number | undefined;
  readonly connected_peers: number | undefined;
  readonly gets: number | undefined;
  readonly puts: number | undefined;
  readonly mem: number | undefined;
  readonly cpu: number | undefined;
  readonly open_connections: number | undefined;
  readonly total_peers: number | undefined;
  readonly bad_peers: number | undefined;
  readonly rel_records: number | undefined;
  readonly max_records: number | undefined;
  /** In atto; a number could not hold all digits. */
  readonly rewards: bigint | undefined;
  readonly payment_count: number | undefined;
  readonly live_time: number | undefined;
  readonly network_size: number | undefined;
  readonly shunned_count: number | undefined;
  readonly shunned_by_old_close_group: number | undefined;
};

/** Every reading unknown. */
export const NO_READINGS: Readings = {
  records: undefined,
  uptime: undefined,
  shunned: undefined,
  connected_peers: undefined,
  gets: undefined,
  puts: undefined,
  mem: undefined,
  cpu: undefined,
  open_connections: undefined,
  total_peers: undefined,
  bad_peers: undefined,
  rel_records: undefined,
  max_records: undefined,
  rewards: undefined,
  payment_count: undefined,
  live_time: undefined,
  network_size: undefined,
  shunned_count: undefined,
  shunned_by_old_close_group: undefined,
};
