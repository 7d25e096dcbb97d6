import { type History, type Quarter, SAMPLED, type Sample, SUMMARISED } from "../model/history.ts";
import type { HostMetrics } from "../model/host.ts";
import type { Seconds } from "../model/node.ts";
import type { Outcome } from "../model/outcome.ts";

const MINUTE = 60;
const QUARTER = 15 * MINUTE;
const DAY = 86_400;

const picked = <K extends keyof HostMetrics>(
  metrics: HostMetrics,
  names: readonly K[],
): Pick<HostMetrics, K> =>
  Object.fromEntries(names.map((name) => [name, metrics[name]])) as Pick<HostMetrics, K>;

const minuteOf = (moment: Seconds): number => Math.floor(moment / MINUTE);
const quarterOf = (moment: Seconds): number => Math.floor(moment / QUARTER);

/** Adds a sample. Drops an earlier one of the same minute, those older than the rules' windows, and future ones. Pure. */
export function withSample(history: History, metrics: HostMetrics, nodes: number, now: Seconds): History {
  const sample: Sample = { taken_at: now, nodes, ...picked(metrics, SAMPLED) };
  const before = history.samples.filter(({ taken_at }) => minuteOf(taken_at) < minuteOf(now));
  const ended = before.at(-1);
  const quarters =
    ended === undefined || quarterOf(ended.taken_at) === quarterOf(now)
      ? history.quarters
      : [
          ...history.quarters,
          summary(before.filter((one) => quarterOf(one.taken_at) === quarterOf(ended.taken_at))),
        ];
  return {
    ...history,
    samples: [...before.filter(({ taken_at }) => now - taken_at < DAY), sample].slice(-MOST_SAMPLES),
    quarters: quarters
      .filter(({ began_at }) => began_at <= now && now - began_at <= DAY + QUARTER)
      .slice(-MOST_QUARTERS),
  };
}

/** Samples to keep: a quarter of an hour, for its median; the rules look at the last twelve minutes. */
const MOST_SAMPLES = 15;
/** Quarter-hours to keep: one day. */
const MOST_QUARTERS = 96;

function summary(samples: readonly Sample[]): Quarter {
  const medians = Object.fromEntries(
    SUMMARISED.map((name) => [name, median(samples.map((sample) => sample[name]))]),
  ) as Pick<Quarter, (typeof SUMMARISED)[number]>;
  const began_at = quarterOf(samples[0]?.taken_at ?? 0) * QUARTER;
  return { began_at, nodes: median(samples.map(({ nodes }) => nodes)) ?? 0, ...medians };
}

/** The median of the defined values, the lower one of two; undefined when there are none. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  return known[Math.floor((known.length - 1) / 2)];
}

/** Shifts the times in the history by a jump of the wall clock. */
export function historyAfterClockJump(history: History, jump: Seconds): History {
  if (jump === 0) return history;
  const { deletion, add_failed_at } = history;
  return {
    samples: history.samples.map((one) => ({ ...one, taken_at: one.taken_at + jump })),
    quarters: history.quarters.map((one) => ({ ...one, began_at: one.began_at + jump })),
    deletion: deletion && { ...deletion, deleted_at: deletion.deleted_at + jump },
    failed_adds: history.failed_adds,
    add_failed_at: add_failed_at === undefined ? undefined : add_failed_at + jump,
  };
}

/** Updates the history after attempts to add nodes; undefined when there was no attempt. Pure. */
export function historyAfterAdds(
  history: History | undefined,
  outcomes: readonly Outcome[],
  now: Seconds,
): History | undefined {
  const adds = outcomes.filter(({ action }) => action.type === "add");
  if (history === undefined || adds.length === 0) return undefined;
  return adds.some(({ ok }) => ok)
    ? { ...history, failed_adds: 0, add_failed_at: undefined }
    : { ...history, failed_adds: history.failed_adds + 1, add_failed_at: now };
}
