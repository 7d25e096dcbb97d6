import { ACTION_TYPES, type ForcedAction, type ForcedActionType, forcingOf } from "../model/action-types.ts";
import { nodeLabel, nodeName } from "../model/node.ts";
import type { Outcome } from "../model/outcome.ts";
import { isUnderWay, type Result, underWay } from "./run-result.ts";

/** A forced action and its outcomes. */
export type Forced = {
  readonly type: ForcedAction;
  /** The nodes were named rather than selected by --count. */
  readonly byName: boolean;
  readonly outcomes: readonly Outcome[];
  /** Named nodes that were left alone, with the reason. */
  readonly untouched: readonly { readonly service: string; readonly reason: string }[];
  /** Why there was no node to select, if known. */
  readonly nothing?: string | undefined;
  /** How a teardown removed the nodes. */
  readonly method?: string;
  readonly dry_run: boolean;
};

/** Result of a forced action, in the shapes that Python wnm uses for one node, for several, and for a dry run. */
export function forcedResult(forced: Forced): Result {
  const { type } = forced;
  if (type === "survey") return surveyResult(forced);
  if (type === "teardown") return teardownResult(forced);
  return nodesResult(type, forced);
}

function nodesResult(type: Exclude<ForcedActionType, "survey">, forced: Forced): Result {
  const { outcomes, byName, dry_run } = forced;
  const { past } = ACTION_TYPES[type];
  const [only, ...others] = outcomes;
  if (only === undefined && !byName)
    return { status: "error", message: forced.nothing ?? forcingOf(type).nothing };
  const single = !byName && only?.ok === true && others.length === 0 && "node" in only.action;
  if (single && dry_run && type === "add") return { status: "add-node", node: nodeName(only.action.node) };
  if (single && isUnderWay(only))
    return { status: underWay(type), node: nodeName(only.action.node), under_way: only.under_way };
  if (single && !dry_run) {
    const status = type === "start" && only.action.type === "upgrade" ? "upgrading-node" : `${past}-node`;
    return { status, node: nodeName(only.action.node) };
  }
  const dryStatus = type === "add" ? "add-nodes-dryrun" : `${type}-dryrun`;
  return { status: dry_run ? dryStatus : `${past}-nodes`, ...listsOf(past, forced) };
}

function teardownResult(forced: Forced): Result {
  const { outcomes, dry_run, method } = forced;
  if (outcomes.length === 0) return { status: "no-nodes", message: forcingOf("remove").nothing };
  const head = { status: "cluster-teardown", ...(dry_run ? { dry_run } : {}), method };
  return outcomes.every((outcome) => outcome.ok && !isUnderWay(outcome))
    ? { ...head, removed_count: outcomes.length }
    : { ...head, ...listsOf("removed", forced) };
}

function surveyResult({ outcomes, byName, dry_run }: Forced): Result {
  const surveyed = outcomes.flatMap(({ action }) => (action.type === "survey" ? action.nodes : []));
  const status = dry_run ? "survey-dryrun" : "survey-complete";
  if (!byName) return { status, node_count: surveyed.length };
  const names = surveyed.map((id) => nodeLabel({ id }));
  return {
    status,
    surveyed_count: names.length,
    surveyed_nodes: names,
    failed_count: 0,
    failed_nodes: null,
  };
}

/** Counts and names as in Python wnm. Empty lists are null, except that of finished nodes if nodes were named. */
function listsOf(past: string, { type, outcomes, byName, untouched }: Forced) {
  const orNull = <T>(list: readonly T[]) => (list.length === 0 ? null : list);
  const names = (list: readonly Outcome[]) =>
    list.flatMap(({ action }) => ("node" in action ? [nodeLabel({ id: action.node })] : []));
  const done = outcomes.filter((outcome) => outcome.ok && !isUnderWay(outcome));
  const ending = outcomes.flatMap((outcome) =>
    isUnderWay(outcome) && "node" in outcome.action
      ? [{ service: nodeLabel({ id: outcome.action.node }), message: outcome.under_way }]
      : [],
  );
  const started = done.filter(({ action }) => action.type === "start");
  const upgraded = done.filter(({ action }) => action.type === "upgrade");
  const own = type === "start" ? started : done;
  const failed = outcomes.flatMap((outcome) =>
    outcome.ok || !("node" in outcome.action)
      ? []
      : [{ service: nodeLabel({ id: outcome.action.node }), error: outcome.error }],
  );
  return {
    [`${past}_count`]: own.length,
    [`${past}_nodes`]: byName ? names(own) : orNull(names(own)),
    ...(type === "start" ? { upgraded_count: upgraded.length, upgraded_nodes: orNull(names(upgraded)) } : {}),
    failed_count: failed.length,
    failed_nodes: orNull(failed),
    ...(ending.length === 0 ? {} : { under_way_count: ending.length, under_way_nodes: ending }),
    ...(untouched.length === 0 ? {} : { unchanged_count: untouched.length, unchanged_nodes: untouched }),
  };
}
