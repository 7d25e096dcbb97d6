import type { Finding } from "../model/finding.ts";
import type { Node, Seconds } from "../model/node.ts";

/** Levels of health, with the exit codes used by Nagios and monit. */
export const LEVELS = { well: 0, warning: 1, bad: 2, unknown: 3 } as const;
export type Level = keyof typeof LEVELS;

/** The state of a colony. */
export type Health = {
  readonly level: Level;
  /** The worst first. */
  readonly findings: readonly Finding[];
  readonly now: Seconds;
  /** undefined: the colony is unreadable. */
  readonly colony:
    | {
        readonly nodes: number;
        readonly running: number;
        /** How many of those do not answer. */
        readonly silent?: number;
        /** When the last run ended, and how long it took; undefined: there was none yet. */
        readonly last_run: { readonly ended_at: Seconds; readonly duration_ms: number } | undefined;
      }
    | undefined;
};

/** The level of these findings. Pure. */
export const levelOf = (findings: readonly Finding[]): Level => {
  if (findings.some(({ severity }) => severity === "bad")) return "bad";
  return findings.length > 0 ? "warning" : "well";
};

/** The number of running nodes that did not answer the last survey. */
export const silentOf = (nodes: readonly Pick<Node, "status" | "silent_since">[]): number =>
  nodes.filter(({ status, silent_since }) => status === "RUNNING" && silent_since !== undefined).length;

/** The number of running nodes. */
export const runningOf = (nodes: readonly Pick<Node, "status">[]): number =>
  nodes.filter(({ status }) => status === "RUNNING").length;
