import { checkBy } from "../checks/register.ts";
import { worstFirst } from "../checks/settle.ts";
import { STANDING_CHECKS } from "../checks/standing-checks.ts";
import type { Finding } from "../model/finding.ts";
import { describeHolder } from "../os/lock/hanging-run.ts";
import { currentRun } from "../os/lock/lock.ts";
import { isHeldReason } from "../os/lock/lock-held.ts";
import { lockPaths } from "../os/paths.ts";
import type { Store } from "../store/colony.ts";
import { notedRefusals } from "../store/refusals.ts";
import type { Context } from "./context.ts";
import { curedHere } from "./named-colony.ts";
import { refusalOf } from "./run/note-refusal.ts";

/** The current findings, worst first: those of the last run, and those that can be detected without a run. */
export function standingFindings(
  { options, world }: Pick<Context, "options" | "world">,
  store: Store,
): readonly Finding[] {
  const holder = currentRun(lockPaths(options.paths.database));
  const hangs = holder === undefined ? undefined : describeHolder(holder).finding;
  const standing = checkBy(STANDING_CHECKS, {
    now: world.clock.now(),
    run: store.run(),
    samples: store.history().samples.map(({ taken_at }) => taken_at),
    at_work: holder !== undefined,
  });
  const stored = store.findings().filter(({ open }) => open);
  // Refusals kept outside the database; the next working run stores them.
  const refused =
    holder !== undefined || stored.some(({ key }) => key === "run-refused")
      ? undefined
      : notedRefusals(options.paths.database)
          .events.filter(
            ({ by, at, reason }) =>
              by === "cron" && at >= (store.run()?.ended_at ?? 0) && !isHeldReason(reason),
          )
          .at(-1);
  const found: readonly Finding[] = [
    ...(refused === undefined ? [] : [refusalOf(refused.reason, refused.at)]),
    ...(hangs === undefined ? [] : [hangs]),
    ...standing,
    ...stored.map(({ open: _, ...finding }) => finding),
  ];
  return worstFirst(found.map(curedHere(options)));
}
