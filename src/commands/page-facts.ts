import type { Snapshot } from "../decide/snapshot.ts";
import { localDay } from "../os/local-day.ts";
import { midnight } from "../report/overview.ts";
import type { PageFacts } from "../report/page/page.ts";
import type { Store } from "../store/colony.ts";
import { accountNames } from "./chronicle.ts";
import type { Context } from "./context.ts";
import { overviewFacts } from "./overview-facts.ts";

const DAY = 86_400;

/** The input of the HTML page: stored data, and the measurements in `snapshot`. */
export function pageFacts(
  context: Pick<Context, "options" | "world">,
  store: Store,
  snapshot: Snapshot,
): PageFacts {
  const facts = overviewFacts(context, store, snapshot);
  const { now } = facts;
  const offset = -60 * new Date(now * 1000).getTimezoneOffset();
  const { day: today } = localDay(now, undefined);
  return {
    ...facts,
    quarters: store.history().quarters,
    days: store.machineDays(now - 365 * DAY, now, offset),
    node_days: store.nodeDays(localDay(midnight(now, 6), undefined).day).filter(({ day }) => day <= today),
    week_events: store.events({ since: now - 7 * DAY, until: now }),
    account: accountNames(),
  };
}
