import type { Node } from "../model/node.ts";
import { isBetweenVersions, isOnProbation } from "./lifecycle.ts";
import { retryAt } from "./revive.ts";
import type { Rule } from "./rule.ts";
import { isDown, type Snapshot } from "./snapshot.ts";

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

/** One death may have come from outside; a node that ends by itself or does not start counts more. */
const OUTSIDE_DEATH = 1;

const interruption = (node: Node): string | undefined =>
  isBetweenVersions(node) && isDown(node) && node.crashes > OUTSIDE_DEATH && !node.upgraded_itself
    ? `its upgrade was interrupted, and it does not start${node.problem === undefined ? "" : ` (${node.problem})`}`
    : undefined;

function failure(s: Snapshot, node: Node): string | undefined {
  if (node.upgraded_itself) return undefined;
  // A node that the machine's reboot or the end of a run has cut off goes on trying the new version.
  if (isDown(node) && node.crashes > 0)
    return `version ${node.version} went down${node.problem === undefined ? "" : ` (${node.problem})`}`;
  const since = s.now - node.status_since;
  const patience = Math.max(s.config.delay_upgrade, LEAST_PATIENCE_SECONDS);
  return node.status === "UPGRADING" && node.silent_since !== undefined && since >= patience
    ? `version ${node.version} does not answer ${since} s after the upgrade (delay_upgrade ${s.config.delay_upgrade} s)`
    : undefined;
}
