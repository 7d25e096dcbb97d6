import type { Seconds } from "../model/node.ts";
import type { Run } from "./command.ts";
import type { LogOutput } from "./log.ts";
import type { Platform } from "./paths.ts";
import type { Screen } from "./terminal.ts";

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
  /** What is for people beside the result: standard error. */
  readonly complain: (text: string) => void;
  /** Lines of the log: standard error. */
  readonly log: LogOutput;
  /** Standard output, where it is a terminal. */
  readonly screen?: Screen | undefined;
};
