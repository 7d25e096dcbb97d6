import type { NodeId, Seconds } from "./node.ts";

/** A problem that the operator should know about or fix. */
export type Finding = {
  /** The check's name in kebab-case; scripts may rely on it. */
  readonly key: string;
  /** "bad" needs the operator's attention now. */
  readonly severity: "warning" | "bad";
  /** What is wrong, and with what. */
  readonly sentence: string;
  /** The remedy, as a valid shell command; anything else belongs in the sentence. */
  readonly cure?: string | undefined;
  /** The node concerned; undefined: the colony or the machine. */
  readonly node?: NodeId | undefined;
  /** What else it concerns, such as a setting. Key, node and subject identify a finding. */
  readonly subject?: string | undefined;
  /** Since when it exists; undefined: since it was found. */
  readonly since?: Seconds | undefined;
};

/** The cure for a problem with many possible causes: the doctor finds the actual one, with its own cure. */
export const ASK_DOCTOR = "wnm --report doctor";

/** A finding as stored between runs. */
export type OpenFinding = Finding & {
  readonly since: Seconds;
  /** False until it has lasted as long as its kind requires; it is not reported before. */
  readonly open: boolean;
};

/** The key of the check for nodes that are left alone because their folder may not be their own. */
export const FOLDER_UNKNOWN = "node-folder-unknown";

/** The finding as one line. */
export const describeFinding = ({ sentence, cure }: Finding): string =>
  cure === undefined ? sentence : `${sentence}; ${cure}`;
