import type { Finding } from "../model/finding.ts";
import type { NodeBinary } from "../model/host.ts";
import type { Node, NodeId, Seconds } from "../model/node.ts";

/** What a check finds wrong. `severity` only where it differs from that of the check. */
export type Wrong = Omit<Finding, "key" | "severity"> & Partial<Pick<Finding, "severity">>;

/** What is known of the past, as far as checks look at it. */
export type Past = {
  /** How often each node died in the last hour; nodes without a death may be missing. */
  readonly deaths: ReadonlyMap<NodeId, number>;
  /** How many peers shunned each node a day ago. */
  readonly shunned: ReadonlyMap<NodeId, number>;
  /** How full the disk was in the hours of the last week, in percent, the oldest first. */
  readonly disk: readonly { readonly at: Seconds; readonly used: number }[];
};

/** Nothing is known of the past. */
export const NO_PAST: Past = { deaths: new Map(), shunned: new Map(), disk: [] };

/** What checks look at: the colony at `now`, and what came before. */
export type Scene = {
  readonly now: Seconds;
  readonly nodes: readonly Node[];
  readonly config: {
    readonly node_cap: number;
    readonly hd_remove: number;
  };
  /** undefined: nobody looked for it. */
  readonly binary: NodeBinary | undefined;
  /** How full the disk of `past.disk` is now, and its name. */
  readonly used_hd_percent: number | undefined;
  readonly disk: string | undefined;
  /** The others, as they filled in the last day; only where they are looked at in this run. */
  readonly other_disks: readonly {
    readonly disk: string;
    /** Days until it reaches hd_remove; undefined: it does not fill, or too little is known. */
    readonly days_until_full: number | undefined;
  }[];
  /** Versions that failed their probation, each with the reason. */
  readonly bad_versions: ReadonlyMap<string, string>;
  /** By how many seconds the clock was set since the last run. */
  readonly clock_jump: Seconds;
  readonly past: Past;
};

/** A kind of finding, as `--help findings` lists it. */
export type Kind = {
  /** Name in kebab-case; scripts may rely on it. */
  readonly key: string;
  /** The worst that it can be. */
  readonly severity: Finding["severity"];
  /** When it is reported, in one line without a full stop. */
  readonly about: string;
  /** How long it must last before it is reported; undefined: no time at all. */
  readonly after?: Seconds;
  /** How long a momentary finding is reported after it was seen. */
  readonly keeps?: Seconds;
  /** Only the doctor asks: it takes time, or asks other programs. */
  readonly slow?: true;
};

/** A check of a scene: one row of a table. Pure. */
export type Check<S = Scene> = Kind & { readonly find: (scene: S) => readonly Wrong[] };
