import type { Finding } from "../../model/finding.ts";
import type { NodeBinary } from "../../model/host.ts";
import { pythonArgsFinding } from "../../observe/python-args.ts";
import type { Log } from "../../os/log.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import type { Changes } from "../../store/changes.ts";
import type { Store } from "../../store/colony.ts";
import { logFindings } from "../log-findings.ts";

/** Logs once that start_args stored by Python wnm are unused, and what they would do; `saved` remembers that. */
export function unusedArgs(
  store: Pick<Store, "pythonArgs">,
  changes: Partial<MachineConfig>,
  binary: NodeBinary,
  log: Log,
): { readonly findings: readonly Finding[]; readonly saved: Changes } {
  const args = store.pythonArgs();
  if (args === undefined || args.was_shown || "start_args" in changes) return { findings: [], saved: {} };
  const finding = pythonArgsFinding(args.text, binary);
  logFindings(log, [finding]);
  return { findings: [finding], saved: { shown_args: args.text } };
}
