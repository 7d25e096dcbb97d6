import { countRun } from "../../decide/tally.ts";
import type { ColonyEvent } from "../../model/event.ts";
import type { RunRecord } from "../../model/run-record.ts";
import type { View } from "../../observe/observe.ts";
import { localDay } from "../../os/local-day.ts";
import type { Changes } from "../../store/changes.ts";
import type { Store } from "../../store/colony.ts";
import type { Done } from "./result.ts";

/** What a run did. */
type Deeds = {
  readonly events: readonly ColonyEvent[];
  readonly ended: RunRecord;
  /** Whether it changed anything. */
  readonly acts: boolean;
  readonly done: Pick<Done, "outcomes">;
  /** The runs before it that were refused. */
  readonly refused: { readonly runs: number };
};

/** What this run adds to the hour and the day, and those that have ended with it. */
export function accountOf(
  store: Pick<Store, "tally">,
  { snapshot, before, jump }: View,
  { events, ended, acts, done, refused }: Deeds,
): Pick<Changes, "tally" | "hours" | "node_days"> {
  const { nodes, metrics, now } = snapshot;
  const last = store.tally();
  const { tally, hours, node_days } = countRun(last, {
    ...{ now, today: localDay(now, last?.today), jump, before, nodes, metrics },
    died: events.flatMap(({ kind, node }) => (kind === "died" && node !== undefined ? [node] : [])),
    acted: acts,
    failed: ended.failed > 0,
    ...{ outcomes: done.outcomes, refused: refused.runs },
  });
  return { tally, ...(hours.length > 0 && { hours }), ...(node_days.length > 0 && { node_days }) };
}
