import type { Finding } from "../model/finding.ts";
import type { NodeBinary } from "../model/host.ts";
import type { Node, NodeId, Seconds } from "../model/node.ts";

/** The result of a check. `severity` is set only if it differs from the check's. */
export type Wrong = Omit<Finding, "key" | "severity"> & Partial<Pick<Finding, "severity">>;

/** The history that checks use. */
export type Past = {
  /** How often each node died in the last hour; nodes without a death may be missing. */
  readonly deaths: ReadonlyMap<NodeId, number>;
  /** How many peers shunned each node a day ago. */
  readonly shunned: ReadonlyMap<NodeId, number>;
  /** How full the disk was in the hours of the last week, in percent, the oldest first. */
  readonly disk: readonly { readonly at: Seconds; readonly used: number }[];
};

/** An empty history. */
export const NO_PAST: Past = { deaths: new Map(), shunned: new Map(), disk: [] };

/** The input of checks: the colony at `now`, and its history. */
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
  /** The other disks' growth over the last day; only if checked in this run. */
  readonly other_disks: readonly {
    readonly disk: string;
    /** Days until it reaches hd_remove; undefined: it does not grow, or there is too little history. */
    readonly days_until_full: number | undefined;
  }[];
  /** Versions that failed their probation, each with the reason. */
  readonly bad_versions: ReadonlyMap<string, string>;
  /** The operator allows upgrades in this run. */
  readonly upgrades: boolean;
  /** Outdated nodes that cannot have the program's version, each with the reason. */
  readonly held_back: ReadonlyMap<NodeId, string>;
  /** A version that all of them can have. */
  readonly between: string | undefined;
  /** Seconds by which the clock was adjusted since the last run. */
  readonly clock_jump: Seconds;
  readonly past: Past;
};

/** A kind of finding, as `--help findings` lists it. */
export type Kind = {
  /** Name in kebab-case; scripts may rely on it. */
  readonly key: string;
  /** Its highest severity. */
  readonly severity: Finding["severity"];
  /** A description in one line without a full stop. */
  readonly about: string;
  /** How long it must last before it is reported; undefined: immediately. */
  readonly after?: Seconds;
  /** How long a momentary finding stays reported. */
  readonly keeps?: Seconds;
  /** Checked only by the doctor, because it takes time or calls other programs. */
  readonly slow?: true;
};

/** A check of a scene: one row of a table. Pure. */
export type Check<S = Scene> = Kind & { readonly find: (scene: S) => readonly Wrong[] };
