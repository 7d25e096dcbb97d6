import type { Seconds } from "../model/node.ts";
import { RELEASED, type RunRecord } from "../model/run-record.ts";
import type { Check } from "./check.ts";

/** The input of checks that work without a run. */
export type Standing = {
  readonly now: Seconds;
  /** undefined: there was none yet. */
  readonly run: RunRecord | undefined;
  /** When the last runs took their samples, the oldest first. */
  readonly samples: readonly Seconds[];
  /** A run is at work now. */
  readonly at_work: boolean;
};

const LATE_SECONDS = 180;
/** If cron runs wnm less often than every minute, a run is late after this many times the usual gap. */
const LATE_GAPS = 3;

/** How long after the last run the next one counts as late. */
export function lateAfter(samples: readonly Seconds[]): Seconds {
  const gaps = samples
    .slice(1)
    .map((at, i) => at - (samples[i] ?? at))
    .toSorted((a, b) => a - b);
  return Math.max(LATE_SECONDS, LATE_GAPS * (gaps[Math.floor(gaps.length / 2)] ?? 0));
}

/** Checks made by reports, for problems that no run can detect because none takes place. */
export const STANDING_CHECKS: readonly Check<Standing>[] = [
  {
    key: "no-run",
    severity: "bad",
    about: "no run of wnm has finished for 3 minutes, or for 3 times as long as usual",
    find: ({ now, run, samples, at_work }) => {
      const cure = "wnm";
      if (at_work || run?.status === RELEASED) return [];
      if (run === undefined) return [{ severity: "warning", sentence: "wnm has not run here yet", cure }];
      const ago = Math.abs(now - run.ended_at);
      return ago <= lateAfter(samples)
        ? []
        : [
            {
              since: Math.min(run.ended_at, now),
              sentence:
                "No run of wnm finishes any more, so nothing manages the nodes; wnm --report doctor says what starts wnm",
              cure,
            },
          ];
    },
  },
  {
    key: "released",
    severity: "warning",
    about: "`wnm --release` released the colony, so nothing manages its nodes",
    find: ({ run, at_work }) =>
      at_work || run?.status !== RELEASED
        ? []
        : [
            {
              since: run.ended_at,
              sentence: "wnm has released this colony (--release) and no longer manages its nodes",
              cure: "wnm",
            },
          ],
  },
];
