import type { Hour, LocalDay, NodeDay, Tally } from "../model/days.ts";
import { SAMPLED } from "../model/history.ts";
import type { HostMetrics } from "../model/host.ts";
import { type Node, type NodeId, recordedProcess, type Seconds } from "../model/node.ts";
import type { Outcome } from "../model/outcome.ts";
import { NO_TOTALS } from "../model/totals.ts";
import { sameProcess } from "./lifecycle/processes.ts";
import { addToTotals } from "./totals.ts";

const HOUR = 3600;
/** After a start, earnings drop to 0 and then reappear; for this long they do not count as new. */
const YOUNG_SECONDS = 900;

/** The facts of one run for the statistics. */
export type RunFacts = {
  readonly now: Seconds;
  /** The day of `now`. */
  readonly today: LocalDay;
  /** Seconds by which the clock was adjusted since the last run. */
  readonly jump?: Seconds;
  /** The stored nodes, in the same order as `nodes`. */
  readonly before: readonly Node[];
  readonly nodes: readonly Node[];
  /** Nodes that died since the last run. */
  readonly died: readonly NodeId[];
  readonly metrics: HostMetrics;
  readonly acted: boolean;
  readonly failed: boolean;
  /** The outcomes of the run's actions. */
  readonly outcomes: readonly Outcome[];
  /** The number of refused runs since the last working one. */
  readonly refused: number;
  /** The current hour and day, if already stored as complete because the clock was set back. */
  readonly stored?: { readonly hour: Hour | undefined; readonly days: readonly NodeDay[] } | undefined;
};

/** The statistics after a run, plus hours and days that are now complete. */
export type Counted = {
  readonly tally: Tally;
  readonly hours: readonly Hour[];
  readonly node_days: readonly NodeDay[];
};

/** True when the run falls into the hour and day being counted; otherwise parts of them may already be stored. */
export const continuesTally = (last: Tally | undefined, now: Seconds, today: LocalDay): boolean =>
  last !== undefined && last.hour.began_at === hourOf(now) && last.today.began_at <= today.began_at;

const hourOf = (now: Seconds): Seconds => Math.floor(now / HOUR) * HOUR;

/**
 * Adds a run to the statistics. If the clock was set back, counting leaves the future hour and day, and continues those
 * that come again. Pure.
 */
export function countRun(last: Tally | undefined, run: RunFacts): Counted {
  // A clock adjustment is not elapsed time.
  const at = (last?.at ?? 0) + (run.jump ?? 0);
  const is_later = at > run.now || (last?.today.began_at ?? 0) > run.today.began_at;
  const before = last === undefined || is_later ? undefined : { ...last, at };
  const kept = last?.today.day === run.today.day ? last.days : (run.stored?.days ?? []);
  const days = countDays(before, run, kept);
  const earned = days.gained;
  const began_at = hourOf(run.now);
  const same = last !== undefined && last.hour.began_at === began_at && last.hour.runs > 0;
  const begun = same ? last.hour : (run.stored?.hour ?? emptyHour(began_at, run));
  const hour = addRun(begun, run, {
    gap: before === undefined ? 0 : run.now - before.at,
    earned,
  });
  return {
    tally: {
      today: run.today,
      at: run.now,
      hour,
      days: days.open,
      // Totals continue even if the clock was set back, because monitoring takes a drop for a counter reset.
      totals: addToTotals(last?.totals ?? NO_TOTALS, run),
    },
    hours: last === undefined || same ? [] : [last.hour],
    node_days: days.ended,
  };
}

const upNodes = (nodes: readonly Node[]): number => nodes.filter(({ pid }) => pid !== undefined).length;

const emptyHour = (began_at: Seconds, { nodes, metrics }: RunFacts): Hour => ({
  ...(Object.fromEntries(SAMPLED.map((name) => [name, metrics[name]])) as Pick<
    HostMetrics,
    (typeof SAMPLED)[number]
  >),
  ...{ began_at, runs: 0, acted: 0, failed: 0, longest_gap: 0, nodes: nodes.length, records: 0, earned: 0n },
  ...{ fewest_up: upNodes(nodes), most_up: upNodes(nodes), free_hd_bytes: undefined },
});

function addRun(hour: Hour, run: RunFacts, more: { readonly gap: Seconds; readonly earned: bigint }): Hour {
  const { metrics, nodes } = run;
  const runs = hour.runs + 1;
  // The mean is over the runs that have the measurement.
  const mean = (sum: number | undefined, value: number | undefined): number | undefined =>
    value === undefined || sum === undefined
      ? (sum ?? value)
      : Math.round((sum + (value - sum) / runs) * 100) / 100;
  const up = upNodes(nodes);
  return {
    ...(Object.fromEntries(SAMPLED.map((name) => [name, mean(hour[name], metrics[name])])) as Pick<
      HostMetrics,
      (typeof SAMPLED)[number]
    >),
    began_at: hour.began_at,
    runs,
    acted: hour.acted + (run.acted ? 1 : 0),
    failed: hour.failed + (run.failed ? 1 : 0),
    longest_gap: Math.max(hour.longest_gap, more.gap),
    nodes: nodes.length,
    fewest_up: Math.min(hour.fewest_up, up),
    most_up: Math.max(hour.most_up, up),
    records: nodes.reduce((sum, { records }) => sum + (records ?? 0), 0),
    earned: hour.earned + more.earned,
    free_hd_bytes: metrics.free_hd_bytes ?? hour.free_hd_bytes,
  };
}

type Days = {
  readonly open: readonly NodeDay[];
  readonly ended: readonly NodeDay[];
  /** Atto that all nodes earned since the last run. */
  readonly gained: bigint;
};

/** Counts today's figures per node. `kept`: figures of today that the last run does not have. */
function countDays(last: Tally | undefined, run: RunFacts, kept: readonly NodeDay[]): Days {
  const known = new Map((last?.days ?? kept).map((day) => [day.node, day]));
  const is_new = last?.days.some(({ day }) => day !== run.today.day) === true;
  let gained = 0n;
  const open: NodeDay[] = [];
  const ended = new Map(is_new ? known : []);
  const there = new Set(run.nodes.map(({ id }) => id));
  for (const [i, node] of run.nodes.entries()) {
    const before = run.before[i];
    const earned = earnedBy(before, node, run.now);
    gained += earned;
    const up = last === undefined || before === undefined ? 0 : upSince(last.at, before, node, run.now);
    const today = Math.min(up, run.now - run.today.began_at);
    const old = known.get(node.id);
    if (is_new && old !== undefined && up > today)
      ended.set(node.id, { ...old, up_seconds: old.up_seconds + up - today });
    const begun = is_new ? undefined : old;
    open.push({
      day: run.today.day,
      node: node.id,
      up_seconds: (begun?.up_seconds ?? 0) + (is_new ? today : up),
      deaths: (begun?.deaths ?? 0) + run.died.filter((id) => id === node.id).length,
      records: node.records,
      earned: (begun?.earned ?? 0n) + earned,
      shunned: node.shunned_count ?? node.shunned,
    });
  }
  // The day of a node removed today is complete.
  const left = is_new ? [] : [...known.values()].filter(({ node }) => !there.has(node));
  return { open: [...open, ...left], ended: [...ended.values()], gained };
}

/** Seconds since `since` in which the node had a process, according to two observations. */
function upSince(since: Seconds, before: Node, node: Node, now: Seconds): Seconds {
  const [was, is] = [recordedProcess(before), recordedProcess(node)];
  if (is === undefined) return 0;
  const passed = Math.max(0, now - since);
  return was !== undefined && sameProcess(was, is) ? passed : Math.min(passed, node.uptime ?? 0);
}

/** Atto earned since the last observation, excluding earnings that only reappear after a start. */
function earnedBy(before: Node | undefined, node: Node, now: Seconds): bigint {
  if (before?.rewards === undefined || node.rewards === undefined) return 0n;
  const started_at = Math.max(node.status_since, node.died_at ?? node.status_since);
  const returns = before.rewards === 0n && now - started_at < YOUNG_SECONDS;
  return returns || node.rewards < before.rewards ? 0n : node.rewards - before.rewards;
}
