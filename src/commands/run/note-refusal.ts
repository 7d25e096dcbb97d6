import { Refused, Unconfirmed, UsageError, WnmError } from "../../base/errors.ts";
import { settleFindings } from "../../checks/settle.ts";
import { ASK_DOCTOR, type Finding } from "../../model/finding.ts";
import type { Seconds } from "../../model/node.ts";
import type { Store } from "../../store/colony.ts";
import { DatabaseUnusable } from "../../store/sqlite-errors.ts";
import { changedFindings } from "./findings.ts";

/** The finding that says why runs are refused. */
export const refusalOf = (reason: string, since: Seconds, cure: string = ASK_DOCTOR): Finding => ({
  key: "run-refused",
  severity: "bad",
  sentence: `wnm is not working: ${reason.split("\n", 1)[0]}`,
  cure,
  since,
});

/** The command that fixes the reason for a refusal; undefined when the error suggests none. */
export const cureOf = (error: unknown): string | undefined =>
  error instanceof Refused ? error.cure : undefined;

/**
 * Records a refused or failed run as a finding, for reports and alerts; earlier findings stay. A mistake in the call is
 * not recorded, because it says nothing about the colony. Never fails; a database that cannot be written stays as it is.
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
    // If the database cannot be written, the run's own error already says so.
  }
}
