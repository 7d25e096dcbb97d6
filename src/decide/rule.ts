import type { Action } from "../model/action.ts";
import type { Snapshot } from "./snapshot.ts";

/** Looks at the snapshot and says what to do now; nothing when it is not its turn. Pure. */
export type Rule = (s: Snapshot) => readonly Action[];
