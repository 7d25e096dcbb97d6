import type { NodeId, Seconds } from "./node.ts";

/** Something that the operator has to know or fix. */
export type Finding = {
  /** Name of the check, in kebab-case; scripts may rely on it. */
  readonly key: string;
  /** "bad" needs the operator now. */
  readonly severity: "warning" | "bad";
  /** What is wrong, and with what. */
  readonly sentence: string;
  /** What to do about it: a line that a shell takes as it is; what else there is to say is in the sentence. */
  readonly cure?: string | undefined;
  /** The node it is about; undefined: the colony or the machine. */
  readonly node?: NodeId | undefined;
  /** What else it is about, such as a setting; findings of one key, node and subject are the same one. */
  readonly subject?: string | undefined;
  /** Since when it is so; undefined: since it was found. */
  readonly since?: Seconds | undefined;
};

/** The cure of what may have many reasons: the doctor names the one that there is, with its own cure. */
export const ASK_DOCTOR = "wnm --report doctor";

/** A finding as it is stored from run to run. */
export type OpenFinding = Finding & {
  readonly since: Seconds;
  /** False until it has lasted for as long as its kind asks for; it is not reported before. */
  readonly open: boolean;
};

/** The check of nodes that are left alone because their folder may not be theirs. */
export const FOLDER_UNKNOWN = "node-folder-unknown";

/** The finding as one line for people. */
export const describeFinding = ({ sentence, cure }: Finding): string =>
  cure === undefined ? sentence : `${sentence}; ${cure}`;
