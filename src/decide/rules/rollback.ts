import type { Node } from "../../model/node.ts";
import { isBetweenVersions, isOnProbation } from "../probation.ts";
import type { Rule } from "../rule.ts";
import { isDown, type Snapshot } from "../snapshot.ts";
import { retryAt } from "./revive.ts";

/** A node may be silent for this long after its upgrade even when delay_upgrade is shorter. */
const LEAST_PATIENCE_SECONDS = 60;

/**
 * Gives a node its old program back when it died or stayed silent on the new one during its probation, and when it does
 * not start after an upgrade that was cut short: whichever program lies in its folder then is not fit to be run.
 */
export const rollback: Rule = (s) =>
  s.nodes.flatMap((node) => {
    if (wasTried(s, node) && retryAt(node) > s.now) return [];
    const reason = isOnProbation(node) ? failure(s, node) : interruption(node);
    return reason === undefined
      ? []
      : [{ type: "rollback" as const, node: node.id, to: node.previous_version ?? "", reason }];
  });

/** Its version is known to be bad: what has failed once, as on a full disk, leaves the runs in between to the others. */
const wasTried = (s: Snapshot, node: Node): boolean =>
  isDown(node) && (isBetweenVersions(node) || s.bad_versions.has(node.version ?? ""));

/** A single death may have an outside cause; a node that exits on its own or does not start weighs more. */
const OUTSIDE_DEATH = 1;

const interruption = (node: Node): string | undefined =>
  isBetweenVersions(node) && isDown(node) && node.crashes > OUTSIDE_DEATH && !node.upgraded_itself
    ? `its upgrade was interrupted, and it does not start${node.problem === undefined ? "" : ` (${node.problem})`}`
    : undefined;

function failure(s: Snapshot, node: Node): string | undefined {
  if (node.upgraded_itself) return undefined;
  // A node interrupted by a reboot or by the end of a run keeps trying the new version.
  const deaths_allowed = isDown(node) ? 0 : OUTSIDE_DEATH;
  if ((isDown(node) || node.died_at !== undefined) && node.crashes > deaths_allowed)
    return `version ${node.version} went down${node.problem === undefined ? "" : ` (${node.problem})`}`;
  const since = s.now - node.status_since;
  const patience = Math.max(s.config.delay_upgrade, LEAST_PATIENCE_SECONDS);
  return node.status === "UPGRADING" && node.silent_since !== undefined && since >= patience
    ? `version ${node.version} does not answer ${since} s after the upgrade (delay_upgrade ${s.config.delay_upgrade} s)`
    : undefined;
}
