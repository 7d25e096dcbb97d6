import { Refused, Unconfirmed, UsageError, WnmError } from "../../base/errors.ts";
import { settleFindings } from "../../checks/settle.ts";
import { ASK_DOCTOR, type Finding } from "../../model/finding.ts";
import type { Seconds } from "../../model/node.ts";
import type { Store } from "../../store/colony.ts";
import { DatabaseUnusable } from "../../store/sqlite-errors.ts";
import { changedFindings } from "./findings.ts";

/** The finding for the reason of a refused run. */
export const refusalOf = (reason: string, since: Seconds, cure: string = ASK_DOCTOR): Finding => ({
  key: "run-refused",
  severity: "bad",
  sentence: `wnm does not work: ${reason.split("\n", 1)[0]}`,
  cure,
  since,
});

/** The command that mends the reason of a refusal; undefined where the error names none. */
export const cureOf = (error: unknown): string | undefined =>
  error instanceof Refused ? error.cure : undefined;

/**
 * Records that a run refused to work, or failed, so that reports and alerts say so; what was found before stays. A
 * mistake in the call is not recorded: it says nothing about the colony. Nothing is written into a database that fails.
 * Never fails.
 */
export function noteRefusal(store: Store, error: unknown, now: Seconds): void {
  if (!(error instanceof WnmError) || error instanceof UsageError || error instanceof Unconfirmed) return;
  if (error instanceof DatabaseUnusable) return;
  const refusal = refusalOf(error.message, now, cureOf(error));
  try {
    const before = store.findings();
    const settled = settleFindings(before, [refusal], now, ({ key }) => key === refusal.key);
    const findings = changedFindings(settled, before);
    const run = {
      ended_at: now,
      duration_ms: Math.round(performance.now()),
      status: "refused",
      done: 0,
      failed: 0,
    };
    store.save({ run, ...(findings && { findings }) });
  } catch {
    // A database that takes no more is what the message of the run is about.
  }
}
