import { logNormal, randomOf } from "./random.ts";
import type { Scenario } from "./scenario.ts";

/** A node as it really is, whatever wnm knows of it. */
export type SimNode = {
  readonly id: number;
  /** Cores that it uses at a demand of 1. */
  readonly cores: number;
  readonly mem_bytes: number;
  readonly disk_target: number;
  /** Deviation of this minute's use from its mean, as a logarithm. */
  noise: number;
  disk_bytes: number;
  /** It stores nothing more while fewer bytes are free. */
  reserve_bytes: number;
  version: string;
  /** Seconds since the beginning of the simulation; undefined: it has no process. */
  started_at: number | undefined;
  /** Number of its present or last process. */
  pid: number;
  /** Core-seconds of its start that are still to be done. */
  start_work: number;
  /** Its supervisor starts it at boot and when it ends. */
  enabled: boolean;
  /** When its supervisor starts it again. */
  restart_at: number | undefined;
  /** Moments of its supervisor's latest starts. */
  restarts: readonly number[];
};

/** A node that has not been started. Its needs depend on its number and the seed alone. */
export function newNode(
  id: number,
  version: string,
  { node, disk_bytes }: Scenario,
  name: string,
  seed: number,
): SimNode {
  const random = randomOf(`node ${name} ${id}`, seed);
  return {
    id,
    cores: node.cores * logNormal(random, 0.35),
    mem_bytes: node.mem_bytes * logNormal(random, 0.15),
    disk_target: node.disk_bytes * logNormal(random, 0.2),
    noise: 0,
    disk_bytes: 1024 ** 2,
    reserve_bytes: typeof node.reserves === "number" ? (disk_bytes * node.reserves) / 100 : 0,
    version,
    started_at: undefined,
    pid: 0,
    start_work: 0,
    enabled: true,
    restart_at: undefined,
    restarts: [],
  };
}

/** Memory grows to its plateau over hours. */
export const memOf = (node: SimNode, now: number): number =>
  node.mem_bytes * (1 - 0.35 * Math.exp(-(now - (node.started_at ?? now)) / (6 * 3600)));
