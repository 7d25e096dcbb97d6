import type { Node } from "../../model/node.ts";
import { isBetweenVersions, isOnProbation } from "../probation.ts";
import type { Rule } from "../rule.ts";
import { isDown, type Snapshot } from "../snapshot.ts";
import { retryAt } from "./revive.ts";

/** After an upgrade a node may be silent for this long, even if delay_upgrade is shorter. */
const LEAST_PATIENCE_SECONDS = 60;

/**
 * Restores a node's old program if the node crashed or stayed silent on the new one during its probation, or does not
 * start after an interrupted upgrade, since the file in its folder may then be unusable.
 */
export const rollback: Rule = (s) =>
  s.nodes.flatMap((node) => {
    if (wasTried(s, node) && retryAt(node) > s.now) return [];
    const reason = isOnProbation(node) ? failure(s, node) : interruption(node);
    return reason === undefined
      ? []
      : [{ type: "rollback" as const, node: node.id, to: node.previous_version ?? "", reason }];
  });

/** True if its version is already marked as bad; a failed rollback, as on a full disk, is retried with back-off. */
const wasTried = (s: Snapshot, node: Node): boolean =>
  isDown(node) && (isBetweenVersions(node) || s.bad_versions.has(node.version ?? ""));

/** Crashes tolerated during probation: a single one may have an external cause. An exit or a failed start is not. */
const OUTSIDE_DEATH = 1;

const interruption = (node: Node): string | undefined =>
  isBetweenVersions(node) && isDown(node) && node.crashes > OUTSIDE_DEATH && !node.upgraded_itself
    ? `its upgrade was interrupted, and it does not start${node.problem === undefined ? "" : ` (${node.problem})`}`
    : undefined;

function failure(s: Snapshot, node: Node): string | undefined {
  if (node.upgraded_itself) return undefined;
  // A node interrupted by a reboot or a killed run keeps trying the new version.
  const deaths_allowed = isDown(node) ? 0 : OUTSIDE_DEATH;
  if ((isDown(node) || node.died_at !== undefined) && node.crashes > deaths_allowed)
    return `version ${node.version} went down${node.problem === undefined ? "" : ` (${node.problem})`}`;
  const since = s.now - node.status_since;
  const patience = Math.max(s.config.delay_upgrade, LEAST_PATIENCE_SECONDS);
  return node.status === "UPGRADING" && node.silent_since !== undefined && since >= patience
    ? `version ${node.version} does not answer ${since} s after the upgrade (delay_upgrade ${s.config.delay_upgrade} s)`
    : undefined;
}
