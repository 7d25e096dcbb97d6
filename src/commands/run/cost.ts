import { Unconfirmed } from "../../base/errors.ts";
import { nodesAtRisk } from "../../decide/forecast.ts";
import { excessNodes } from "../../decide/pressure.ts";
import { nodesThatAre, type Snapshot } from "../../decide/snapshot.ts";
import type { Action } from "../../model/action.ts";
import { shownDuration } from "../../model/duration.ts";
import { UP_STATUSES } from "../../model/node-status.ts";
import type { Given } from "../../settings/layers.ts";
import type { MachineConfig, SettingName } from "../../settings/machine.ts";
import type { Context } from "../context.ts";
import { type Colony, type Cost, costOfForced, counted, dataOf } from "./cost-of-forced.ts";
import type { WorkRequest } from "./plan.ts";

/** A command that costs more nodes than this requires --confirm. */
const MOST_UNCONFIRMED = 3;

/** The cost of lowering node_cap on the command line; undefined when it costs no node. Pure. */
export function costOfCap(
  changes: Partial<MachineConfig>,
  before: number | undefined,
  given: Given,
  colony: Colony,
): Cost | undefined {
  const { node_cap } = changes;
  if (node_cap === undefined || given.get("node_cap")?.layer !== "command line") return undefined;
  if (before !== undefined && node_cap >= before) return undefined;
  const s = { ...colony, config: { ...colony.config, ...changes } };
  const back = before === undefined ? "a higher --node_cap" : `wnm --node_cap ${before}`;
  const up = nodesThatAre(s, ...UP_STATUSES).length;
  if (node_cap === 0) {
    const sentence = `this stops ${counted(up)}; the data stay. To take it back: ${back}`;
    return up === 0 ? undefined : { nodes: up, sentence };
  }
  const excess = Math.max(0, excessNodes(s));
  if (excess === 0) return undefined;
  const { delay_remove, max_concurrent_removals, max_concurrent_operations } = s.config;
  const at_once = Math.min(max_concurrent_removals, max_concurrent_operations);
  const leaving = s.nodes.toSorted((a, b) => b.born_at - a.born_at).slice(0, excess);
  const when =
    at_once === 0
      ? "when max_concurrent_removals allows it"
      : `${at_once} at a time, each ${shownDuration(delay_remove)} after its stop, the last in about ${shownDuration(Math.ceil(excess / at_once) * Math.max(60, delay_remove))}`;
  return {
    nodes: excess,
    sentence: `this stops ${counted(excess)}, then removes them with ${dataOf(s, leaving)}: the youngest first, ${when}. To take it back before that: ${back}`,
  };
}

/** Thresholds that may stop or delete nodes at once when lowered. */
const LIMITS: readonly SettingName[] = [
  ...(["cpu_remove", "mem_remove", "hd_remove", "crisis_bytes", "max_load_average_allowed"] as const),
  ...(["hdio_read_remove", "hdio_write_remove", "netio_read_remove", "netio_write_remove"] as const),
];

/** The cost of changing thresholds on the command line, given the current usage; empty when it costs no node. Pure. */
export function costsOfLimits(
  changes: Partial<MachineConfig>,
  before: Partial<MachineConfig> | undefined,
  given: Given,
  s: Snapshot,
): readonly Cost[] {
  const moved = LIMITS.filter((name) => name in changes && given.get(name)?.layer === "command line");
  if (moved.length === 0 || before === undefined) return [];
  const old = Object.fromEntries(moved.map((name) => [name, before[name]]));
  const then = nodesAtRisk({ ...s, config: { ...s.config, ...old } });
  const now = nodesAtRisk(s);
  const data = now.data.filter((node) => !then.data.includes(node));
  const stopped = now.process.filter((node) => !then.process.includes(node) && !data.includes(node));
  const back = `To take it back: wnm ${moved.map((name) => `--${name} ${before[name]}`).join(" ")}`;
  return [
    ...(data.length === 0
      ? []
      : [
          {
            nodes: data.length,
            sentence: `this removes at most ${counted(data.length)} with ${dataOf(s, data)} while the disk is that full: the youngest first, and what is deleted cannot be brought back. ${back}`,
          },
        ]),
    ...(stopped.length === 0
      ? []
      : [
          {
            nodes: stopped.length,
            passes: true as const,
            sentence: `this stops at most ${counted(stopped.length)} while the machine is that busy: the youngest first; the data stay. ${back}`,
          },
        ]),
  ];
}

/** Throws Refused when the cost is above the limit and was not confirmed. */
function refuseCostly(cost: Cost | undefined, confirmed: boolean): void {
  if (cost === undefined || confirmed || cost.passes === true || cost.nodes <= MOST_UNCONFIRMED) return;
  throw new Unconfirmed(
    `Nothing was done or stored, since this costs more than ${MOST_UNCONFIRMED} nodes:\n${cost.sentence}\nGive --confirm to do it; --dry_run shows which nodes.`,
  );
}

/** The cost of this call as sentences. Throws Unconfirmed when it requires --confirm and was not confirmed. */
export function costsOfCall(
  { options, once }: Pick<Context, "options" | "once">,
  request: WorkRequest | undefined,
  plan: readonly Action[],
  changes: Partial<MachineConfig>,
  before: Partial<MachineConfig> | undefined,
  s: Colony | Snapshot,
): readonly string[] {
  const costs = [
    request && costOfForced(request, plan, s),
    costOfCap(changes, before?.node_cap, options.given, s),
    ...("metrics" in s ? costsOfLimits(changes, before, options.given, s) : []),
  ].filter((cost) => cost !== undefined);
  if (once.dry_run !== true) for (const cost of costs) refuseCostly(cost, once.confirm === true);
  return costs.map(({ sentence }) => sentence);
}
