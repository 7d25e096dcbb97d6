import type { Action } from "../model/action.ts";
import type { Snapshot } from "./snapshot.ts";

/** Returns the actions for this snapshot; none when the rule does not apply. Pure. */
export type Rule = (s: Snapshot) => readonly Action[];
