import type { Snapshot } from "../../src/decide/snapshot.ts";
import { NO_TOTALS } from "../../src/model/totals.ts";
import type { PrometheusFacts } from "../../src/report/prometheus-facts.ts";
import { NOW } from "../support/builders.ts";

/** What metrics of this colony are written from, with changes. */
export const aReport = (snapshot: Snapshot, changes: Partial<PrometheusFacts> = {}): PrometheusFacts => ({
  snapshot,
  run: undefined,
  version: "1.2.3",
  findings: [],
  surveyed_at: NOW,
  totals: NO_TOTALS,
  earned_day: 0n,
  ...changes,
});
