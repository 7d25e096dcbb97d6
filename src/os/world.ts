import type { Seconds } from "../model/node.ts";
import type { Run } from "./command.ts";
import type { LogOutput } from "./log.ts";
import type { Platform } from "./paths.ts";
import type { Screen } from "./terminal.ts";

/** Everything external that a run depends on. */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: Platform;
  readonly uid: number;
  readonly home: string;
  readonly clock: { readonly now: () => Seconds; readonly sleep: (ms: number) => Promise<void> };
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly run: Run;
  /** Prints a result to standard output. */
  readonly print: (text: string) => void;
  /** Prints a message for the user to standard error. */
  readonly complain: (text: string) => void;
  /** The log, on standard error. */
  readonly log: LogOutput;
  /** Standard output, if it is a terminal. */
  readonly screen?: Screen | undefined;
};
