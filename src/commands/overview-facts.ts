import { VERSION } from "../base/version.ts";
import { decide } from "../decide/decide.ts";
import { diskFigures } from "../decide/disk-figures.ts";
import { hasSeveralDisks } from "../decide/disks.ts";
import { forecast } from "../decide/forecast.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import { describe } from "../model/action.ts";
import { whyNoRun } from "../report/no-run.ts";
import type { OverviewFacts } from "../report/overview.ts";
import { NOT_MEASURED } from "../report/why-colony.ts";
import type { Store } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { standingFindings } from "./standing.ts";

const DAY = 86_400;
/** A week, plus the day before it for comparison. */
const HOURS_SECONDS = 8 * DAY;

/** The input of the overview: stored data, and the measurements in `snapshot`. */
export const overviewFacts = (
  context: Pick<Context, "options" | "world">,
  store: Store,
  snapshot: Snapshot,
): OverviewFacts => {
  const now = context.world.clock.now();
  const { config, nodes, metrics } = snapshot;
  const findings = standingFindings(context, store);
  const no_run = whyNoRun(findings);
  return {
    host: process.getBuiltinModule("node:os").hostname(),
    version: VERSION,
    ...{ now, config, nodes, metrics },
    surveyed_at: store.sample()?.taken_at,
    ...(hasSeveralDisks(snapshot) && { disks: diskFigures(snapshot) }),
    doing:
      no_run !== undefined
        ? [no_run.short]
        : metrics.used_cpu_percent === undefined
          ? [NOT_MEASURED]
          : [...decide(snapshot).map(describe), ...forecast(snapshot)],
    findings,
    events: store.events({ since: now - DAY, until: now }),
    hours: store.hours(now - HOURS_SECONDS, now),
  };
};
