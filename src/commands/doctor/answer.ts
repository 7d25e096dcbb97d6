import { KINDS } from "../../checks/register.ts";
import type { Finding } from "../../model/finding.ts";
import type { NodeBinary } from "../../model/host.ts";
import type { Node, Seconds } from "../../model/node.ts";
import type { World } from "../../os/world.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import type { Store } from "../../store/colony.ts";
import type { Options } from "../options.ts";

/** The result of one of the doctor's checks: all well, a remark, unknown because it could not be checked, or a finding. */
export type Answer =
  | { readonly is: "good" | "note" | "unknown"; readonly says: string; readonly cure?: string }
  | { readonly is: "found"; readonly finding: Finding };

/** Everything the doctor's checks can look at. */
export type Patient = {
  readonly store: Store;
  readonly config: MachineConfig;
  readonly nodes: readonly Node[];
  readonly binary: NodeBinary;
  readonly options: Options;
  readonly world: World;
  readonly now: Seconds;
  /** Storages that do not respond. No check touches them, and their nodes are not among `nodes`. */
  readonly silent: ReadonlySet<string>;
  /** True when the call asks to look for newer releases. */
  readonly check_releases: boolean;
};

export type Question = (patient: Patient) => readonly Answer[] | Promise<readonly Answer[]>;

export const good = (says: string): Answer => ({ is: "good", says });
export const note = (says: string, cure?: string): Answer => ({
  is: "note",
  says,
  ...(cure !== undefined && { cure }),
});
export const unknown = (says: string): Answer => ({ is: "unknown", says });

/** A finding by the doctor; its severity comes from the register. */
export const found = (key: string, about: Omit<Finding, "key" | "severity"> & Partial<Finding>): Answer => ({
  is: "found",
  finding: { severity: KINDS.get(key)?.severity ?? "bad", ...about, key },
});
