import { KINDS } from "../../checks/register.ts";
import type { Finding } from "../../model/finding.ts";
import type { NodeBinary } from "../../model/host.ts";
import type { Node, Seconds } from "../../model/node.ts";
import type { World } from "../../os/world.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import type { Store } from "../../store/colony.ts";
import type { Options } from "../options.ts";

/** What a question of the doctor brought: all well, something to know, nothing because it could not be asked, or a finding. */
export type Answer =
  | { readonly is: "good" | "note" | "unknown"; readonly says: string; readonly cure?: string }
  | { readonly is: "found"; readonly finding: Finding };

/** What questions are asked about. */
export type Patient = {
  readonly store: Store;
  readonly config: MachineConfig;
  readonly nodes: readonly Node[];
  readonly binary: NodeBinary;
  readonly options: Options;
  readonly world: World;
  readonly now: Seconds;
  /** Storages that do not answer; nothing looks at them, and their nodes are not among `nodes`. */
  readonly silent: ReadonlySet<string>;
  /** Newer releases are looked for. */
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

/** A finding of the doctor's, as bad as the register says. */
export const found = (key: string, about: Omit<Finding, "key" | "severity"> & Partial<Finding>): Answer => ({
  is: "found",
  finding: { severity: KINDS.get(key)?.severity ?? "bad", ...about, key },
});
