import type { Action, Plan } from "../model/action.ts";
import { graceLeft, type Node, nodeLabel } from "../model/node.ts";
import { barred, reasonsBarred } from "./barred.ts";
import { awaitedForDisk } from "./disk.ts";
import { isDestructive, massFailure } from "./mass-failure.ts";
import { isSteady } from "./pressure.ts";
import { isDue, isRetry, mayTry, nextTryAt } from "./retry.ts";
import type { Rule } from "./rule.ts";
import { crashLoop } from "./rules/crash-loop.ts";
import { dead } from "./rules/dead.ts";
import { emergency } from "./rules/emergency.ts";
import { grow, whyNotGrow } from "./rules/grow.ts";
import { readOnlyDisk } from "./rules/read-only.ts";
import { rebooted } from "./rules/rebooted.ts";
import { exchange } from "./rules/replace-generation.ts";
import { retryAt, revive } from "./rules/revive.ts";
import { rollback } from "./rules/rollback.ts";
import { shed } from "./rules/shed.ts";
import { silent } from "./rules/silent.ts";
import { unfinished } from "./rules/unfinished.ts";
import { upgrade } from "./rules/upgrade.ts";
import { isDown, isEnding, type Snapshot, withoutDoubtful, withoutEnding } from "./snapshot.ts";
import { awaitedReasons } from "./windows.ts";

/** The rules, most urgent first. The first one with actions makes the plan; retries are added to it, never replace it. */
export const RULES: readonly Rule[] = [
  emergency,
  rebooted,
  dead,
  unfinished,
  readOnlyDisk,
  rollback,
  crashLoop,
  shed,
  revive,
  silent,
  upgrade,
  exchange,
  grow,
];

/** Rules that finish work in progress and need no slot, so their retries may accompany any other action. */
const FINISHING: ReadonlySet<Rule> = new Set([dead, unfinished, rollback, crashLoop]);

/** The plan for this run. Never empty; never destructive during a mass failure, when the machine itself is suspect. */
export function decide(all: Snapshot): Plan {
  const s = withoutEnding(withoutDoubtful(all));
  const brake = massFailure(s);
  const ending = new Set(s.nodes.flatMap((node) => (isEnding(node, s) ? node.id : [])));
  const may = (action: Action): boolean =>
    !("node" in action && ending.has(action.node)) &&
    (brake === undefined || !isDestructive(action)) &&
    isDue(s, action) &&
    barred(action, s.unreadable, "rules", s.nodes) === undefined;
  const beside: Action[] = [];
  let instead: readonly Action[] = [];
  for (const rule of RULES) {
    const actions = rule(s).filter(may);
    const [first, ...rest] = actions.filter((action) => !isRetry(s, action));
    if (first !== undefined) return onceEach([first, ...rest, ...beside]);
    if (FINISHING.has(rule)) beside.push(...actions);
    else if (instead.length === 0) instead = actions;
  }
  const [first, ...rest] = [...instead, ...beside];
  return first === undefined ? [idle(s, brake)] : onceEach([first, ...rest]);
}

/** Keeps only the first action for each node. */
function onceEach(plan: Plan): Plan {
  const [first, ...rest] = plan;
  const seen = new Set("node" in first ? [first.node] : []);
  const kept = rest.filter((action) => {
    if (!("node" in action)) return true;
    const is_new = !seen.has(action.node);
    seen.add(action.node);
    return is_new;
  });
  return [first, ...kept];
}

function idle(s: Snapshot, brake: string | undefined): Action {
  const awaited = isSteady(s) ? [...awaitedReasons(s), ...awaitedForDisk(s)] : [];
  const against = (brake === undefined ? whyNotGrow(s) : [brake]).filter(
    (reason) => !awaited.some((longer) => longer.startsWith(reason)),
  );
  const reasons = [...reasonsBarred(s), ...awaited, ...against];
  const ending = s.nodes
    .filter((node) => isEnding(node, s))
    .map((node) => `${nodeLabel(node)} has ${graceLeft(node, s.config.stop_grace, s.now)} s left to end`);
  const waiting = s.nodes
    .filter((node) => isDown(node) && retryAt(node) > s.now)
    .map((node) => `${nodeLabel(node)} is tried again in ${retryAt(node) - s.now} s${why(node)}`);
  const failed = s.nodes.flatMap((node) =>
    node.failed_action === undefined || mayTry(node, node.failed_action, s.now)
      ? []
      : `${node.failed_action} of ${nodeLabel(node)} is tried again in ${nextTryAt(node) - s.now} s${why(node)}`,
  );
  return {
    type: "idle",
    reason: [
      ...new Set([...reasons, ...ending, ...waiting, ...failed, ...distrust(s), ...s.held_back.values()]),
    ].join("; "),
  };
}

/** Why an upgrade does not happen although the operator allows upgrades. */
function distrust(s: Snapshot): readonly string[] {
  const because = s.upgrades ? s.bad_versions.get(s.binary.version ?? "") : undefined;
  return because === undefined
    ? []
    : [
        `version ${s.binary.version} is not tried again, because it failed (${because}); --force_action upgrade tries it`,
      ];
}

const why = (node: Node): string => (node.problem === undefined ? "" : ` (${node.problem})`);
