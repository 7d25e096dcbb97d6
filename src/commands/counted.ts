import type { Seconds } from "../model/node.ts";
import { NO_TOTALS } from "../model/totals.ts";
import type { PrometheusFacts } from "../report/prometheus-facts.ts";
import type { Store } from "../store/colony.ts";

const DAY = 86_400;

/** The counters in the store, in the form that metrics use. */
export const counted = (
  store: Pick<Store, "tally" | "hours">,
  now: Seconds,
): Pick<PrometheusFacts, "totals" | "earned_day"> => ({
  totals: store.tally()?.totals ?? NO_TOTALS,
  earned_day: store.hours(now - DAY, now).reduce((sum, { earned }) => sum + earned, 0n),
});
