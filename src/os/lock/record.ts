import type { ProcessIdentity, Seconds } from "../../model/node.ts";
import { hasEnded, livingProcess } from "../processes/identity.ts";

/** The run that takes the lock. */
export type Taker = {
  /** One line that describes the run. */
  readonly description: string;
  /** For how many seconds the run may only observe before a later run may kill it. undefined: it changes something. */
  readonly looks_for: number | undefined;
  /** What it is changing, in words. */
  readonly acts?: string;
  /** How long to wait for a run from cron, and a callback when the wait begins, with a description of the holder. */
  readonly patience?: { readonly ms: number; readonly begins: (holder: string) => void } | undefined;
};

/** The run that holds the lock, according to its record. */
export type Holder = {
  readonly description: string;
  readonly pid: number | undefined;
  readonly does: string | undefined;
  /** It was started manually and may take long, whereas a run from cron ends within seconds. */
  readonly by_hand: boolean;
  /** Its process, identified by more than its pid. */
  readonly process: ProcessIdentity | undefined;
  readonly looks_for: number | undefined;
};

/** The minimum observation limit; observing even the largest colony takes seconds. */
export const LOOKS_FOR: Seconds = 600;

/** For how many seconds a run may observe before it counts as hung. `delay_ms`: the pause between two nodes. */
export const lookingTime = (nodes = 0, delay_ms = 0): Seconds =>
  LOOKS_FOR + Math.ceil((nodes * delay_ms) / 1000);

const LONGEST_DESCRIPTION = 1_000;
const UNKNOWN = "-";

/** The text of the lock file: two human-readable lines and one for programs. */
export function recordOf({ description, looks_for, acts }: Taker): string {
  const own = livingProcess(process.pid);
  const does =
    acts === undefined ? "looks at the machine and its nodes" : `has been acting since ${now()}: ${acts}`;
  const identity = own === undefined ? UNKNOWN : `${own.pid} ${own.pid_started} ${own.boot_id}`;
  const lines = [description, looks_for === undefined && acts === undefined ? "" : does];
  return [
    ...lines.map((line) => line.replaceAll("\n", " ").slice(0, LONGEST_DESCRIPTION)),
    `process ${identity} ${looks_for ?? UNKNOWN}`,
    "",
  ].join("\n");
}

const now = (): string => new Date().toISOString();

/** Parses such a text; any other text is taken as a description. Pure. */
export function holderIn(text: string): Holder {
  const [description = "", does = ""] = text.trim().split("\n");
  const record = /^process (\d+) (\d+) (\S+) (\d+|-)$/m.exec(text);
  const pid = /^pid (\d+)/.exec(description)?.[1];
  return {
    description,
    pid: pid === undefined ? undefined : Number(pid),
    by_hand: /^pid \d+, started \S+ by hand, /.test(description),
    does: does.startsWith("process ") || does === "" ? undefined : does,
    process:
      record === null
        ? undefined
        : { pid: Number(record[1]), pid_started: Number(record[2]), boot_id: record[3] ?? "" },
    looks_for: record === null || record[4] === UNKNOWN ? undefined : Number(record[4]),
  };
}

/** True when the run that the lock file names has ended. */
export const hasRunEnded = ({ pid }: Holder): boolean => pid !== undefined && hasEnded(pid);
