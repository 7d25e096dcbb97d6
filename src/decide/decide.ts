import type { Action, Plan } from "../model/action.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { isDestructive, massFailure } from "./brake.ts";
import { dead } from "./dead.ts";
import { exchange } from "./exchange.ts";
import { grow, whyNotGrow } from "./grow.ts";
import { rebooted } from "./rebooted.ts";
import { retryAt, revive } from "./revive.ts";
import { rollback } from "./rollback.ts";
import type { Rule } from "./rule.ts";
import { shed } from "./shed.ts";
import { silent } from "./silent.ts";
import { isDown, type Snapshot } from "./snapshot.ts";
import { unfinished } from "./unfinished.ts";
import { upgrade } from "./upgrade.ts";

/** Most urgent first. The first rule with something to say makes the plan. */
export const RULES: readonly Rule[] = [
  rebooted,
  dead,
  unfinished,
  rollback,
  shed,
  revive,
  silent,
  upgrade,
  exchange,
  grow,
];

/** What to do now. Never empty; never destructive while the machine itself seems to fail. */
export function decide(s: Snapshot): Plan {
  const brake = massFailure(s);
  for (const rule of RULES) {
    const [first, ...rest] = rule(s).filter((action) => brake === undefined || !isDestructive(action));
    if (first !== undefined) return [first, ...rest];
  }
  return [idle(s, brake)];
}

function idle(s: Snapshot, brake: string | undefined): Action {
  const reasons = brake === undefined ? whyNotGrow(s) : [brake];
  const waiting = s.nodes
    .filter((node) => isDown(node) && retryAt(node) > s.now)
    .map((node) => `${nodeLabel(node)} is tried again in ${retryAt(node) - s.now} s${why(node)}`);
  return { type: "idle", reason: [...new Set([...reasons, ...waiting, ...distrust(s)])].join("; ") };
}

/** Why an upgrade that is allowed does not happen. */
function distrust(s: Snapshot): readonly string[] {
  const because = s.upgrades ? s.bad_versions.get(s.binary.version ?? "") : undefined;
  return because === undefined
    ? []
    : [
        `version ${s.binary.version} is not tried again, because it failed (${because}); --force_action upgrade tries it`,
      ];
}

const why = (node: Node): string => (node.problem === undefined ? "" : ` (${node.problem})`);
