import type { ProcessIdentity, Readings } from "./node.ts";

/** What the process manager says of a node's process. */
export type ProcessState =
  | { readonly state: "running"; readonly process: ProcessIdentity | undefined }
  /** `because`: what the process left behind as the reason of its end, if it failed. */
  | { readonly state: "stopped"; readonly because?: string | undefined }
  /** Neither process nor definition is there. */
  | { readonly state: "missing" }
  | { readonly state: "unknown"; readonly because: string };

/** What a node answered. */
export type Reading =
  | {
      readonly answered: true;
      readonly readings: Readings;
      readonly version: string | undefined;
      readonly peer_id: string | undefined;
    }
  | { readonly answered: false; readonly because: "refused" | "timeout" | "garbled" };

/** All that one survey learned of a node. */
export type Observation = {
  readonly process: ProcessState;
  /** undefined: not asked. */
  readonly reading: Reading | undefined;
  /** False only when the storage is verified to be there and the node's folder is not. */
  readonly has_folder: boolean;
  /** The node's own words on why it ended, and which setting cures it. */
  readonly ended_because: string | undefined;
};
