import type { SoftwareKind } from "./node.ts";

/** A known program content, with what the operator's program of that content reported about itself. */
export type ProgramRecord = {
  readonly sha256: string;
  readonly software: SoftwareKind;
  readonly version: string;
  readonly flags: readonly string[];
};

/** The content of a program file when it was last read. */
export type ProgramFile = {
  readonly path: string;
  /** Device, inode, size and times; it changes with the content. */
  readonly fingerprint: string;
  readonly sha256: string;
};

/** The program in a file that a node can write. Its content identifies it; wnm never runs it. */
export type Identified = {
  /** undefined: it is not a readable regular file of a plausible size. */
  readonly sha256: string | undefined;
  /** undefined: no program of the operator ever had this content. */
  readonly record: ProgramRecord | undefined;
  /** True when its content was different at the last read. */
  readonly changed: boolean;
};
