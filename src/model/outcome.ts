import type { Action } from "./action.ts";

/** How an action ended. */
export type Outcome = {
  readonly action: Action;
} /** `under_way`: the node's process was asked to end and has time left, so a later run finishes the action; a sentence. */ & (
  | { readonly ok: true; readonly under_way?: string }
  /** `denied`: the rights for it are missing. `again`: it failed for the same reason before. */
  | { readonly ok: false; readonly error: string; readonly denied?: boolean; readonly again?: boolean }
);
