import { Unconfirmed } from "../../base/errors.ts";
import { oldGeneration, whatIsLost } from "../../decide/rules/replace-generation.ts";
import type { Snapshot } from "../../decide/snapshot.ts";
import { nodeLabel } from "../../model/node.ts";
import type { MachineConfig } from "../../settings/machine.ts";

/** What --replace_generation would lose, one line per node; empty when it loses nothing. Pure. */
export function costOfReplacement(s: Pick<Snapshot, "nodes" | "binary" | "now">): readonly string[] {
  return oldGeneration(s).map(
    (node) =>
      `${nodeLabel(node)} (${node.software} ${node.version ?? "of unknown version"}): ${whatIsLost(node, s.now)}`,
  );
}

/** Throws Refused when this call would start a replacement that removes nodes and was not confirmed. */
export function refuseUnconfirmed(
  changes: Partial<MachineConfig>,
  s: Pick<Snapshot, "nodes" | "binary" | "now">,
  confirmed: boolean,
): void {
  if (changes.replace_generation !== true || confirmed) return;
  const cost = costOfReplacement(s);
  if (cost.length === 0) return;
  throw new Unconfirmed(
    [
      "--replace_generation was not begun: it removes these nodes one after the other, each with its data and identity, and adds new ones in their place:",
      ...cost.map((line) => `  ${line}`),
      "Give --confirm to begin; wnm --replace_generation=false ends it at any time.",
    ].join("\n"),
  );
}
