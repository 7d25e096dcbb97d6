import type { Seconds } from "./model/node.ts";
import type { Run } from "./os/command.ts";
import type { Platform } from "./os/paths.ts";

/** Everything outside that a run depends on. */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: Platform;
  readonly uid: number;
  readonly home: string;
  readonly clock: { readonly now: () => Seconds; readonly sleep: (ms: number) => Promise<void> };
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly run: Run;
  /** A result for the user or for a program: standard output. */
  readonly print: (text: string) => void;
  /** A line of the log: standard error. */
  readonly complain: (text: string) => void;
  /** Standard error is a terminal that shows colours. */
  readonly colour?: boolean;
};
