import { continuesTally, countRun, type RunFacts } from "../../decide/tally.ts";
import type { LocalDay } from "../../model/days.ts";
import type { ColonyEvent } from "../../model/event.ts";
import type { Seconds } from "../../model/node.ts";
import type { RunRecord } from "../../model/run-record.ts";
import type { View } from "../../observe/observe.ts";
import { localDay } from "../../os/local-day.ts";
import type { Changes } from "../../store/changes.ts";
import type { Store } from "../../store/colony.ts";
import type { Done } from "./result.ts";

const HOUR = 3600;

/** What a run did, for its statistics. */
type Deeds = {
  readonly events: readonly ColonyEvent[];
  readonly ended: RunRecord;
  /** True when it changed anything. */
  readonly acts: boolean;
  readonly done: Pick<Done, "outcomes">;
  /** The refused runs since the last one that worked. */
  readonly refused: { readonly runs: number };
};

/** Adds this run to the statistics of the current hour and day; also returns the hours and days that are now complete. */
export function accountOf(
  store: Pick<Store, "tally" | "hours" | "nodeDays">,
  { snapshot, before, jump }: View,
  { events, ended, acts, done, refused }: Deeds,
): Pick<Changes, "tally" | "hours" | "node_days"> {
  const { nodes, metrics, now } = snapshot;
  const last = store.tally();
  const today = localDay(now, last?.today);
  const { tally, hours, node_days } = countRun(last, {
    ...{ now, today, jump, before, nodes, metrics },
    stored: continuesTally(last, now, today) ? undefined : storedOf(store, now, today),
    died: events.flatMap(({ kind, node }) => (kind === "died" && node !== undefined ? [node] : [])),
    acted: acts,
    failed: ended.failed > 0,
    ...{ outcomes: done.outcomes, refused: refused.runs },
  });
  return { tally, ...(hours.length > 0 && { hours }), ...(node_days.length > 0 && { node_days }) };
}

/** The current hour and day, if already stored as complete because the clock was ahead and has been set back. */
const storedOf = (
  store: Pick<Store, "hours" | "nodeDays">,
  now: Seconds,
  { day }: LocalDay,
): RunFacts["stored"] => ({
  hour: store.hours(now - (now % HOUR), now).at(-1),
  days: store.nodeDays(day).filter((one) => one.day === day),
});
