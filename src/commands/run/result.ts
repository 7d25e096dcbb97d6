import { EXIT, type ExitCode } from "../../base/errors.ts";
import { limitsWork } from "../../checks/register.ts";
import type { Snapshot } from "../../decide/snapshot.ts";
import type { Teardown } from "../../execute/teardown.ts";
import { type Action, describe } from "../../model/action.ts";
import type { Finding } from "../../model/finding.ts";
import type { Seconds } from "../../model/node.ts";
import type { Outcome } from "../../model/outcome.ts";
import type { RunRecord } from "../../model/run-record.ts";
import { hasTerminal } from "../../os/terminal.ts";
import { type Result, runResult } from "../../report/run-result.ts";
import type { Context } from "../context.ts";
import { logResult } from "./log-actions.ts";
import type { WorkRequest } from "./plan.ts";
import { showsOverview } from "./shows-overview.ts";

/** The outcome of each action, and the machine-readable result. */
export type Done = { readonly outcomes: readonly Outcome[]; readonly result: Result };

/** The machine-readable result of a run. `method`: how a teardown removed the nodes. */
export async function resultOf(
  request: WorkRequest,
  outcomes: readonly Outcome[],
  snapshot: Snapshot,
  method: Teardown["method"] = "individual-remove",
): Promise<Result> {
  if (request.kind === "run") return runResult(outcomes, snapshot.nodes, request.dry_run);
  const { resultOfForced } = await import("./forced.ts");
  return resultOfForced(request, outcomes, snapshot, method);
}

/** The result of a plan that needed no execution. */
export async function nothingDone(
  context: Context,
  request: WorkRequest,
  plan: readonly Action[],
  snapshot: Snapshot,
): Promise<Done> {
  const { log, world } = context;
  const answered = !showsOverview(context, request) && hasTerminal() && world.log.format() === "text";
  for (const action of plan) {
    // A run without changes writes nothing to a log file, but answers at a terminal.
    const is_news = action.type !== "idle" || answered;
    log[is_news ? "info" : "debug"](describe(action));
  }
  const outcomes = plan.map((action): Outcome => ({ action, ok: true }));
  return { outcomes, result: await resultOf(request, outcomes, snapshot) };
}

/** Logs the result; prints it with --json. */
export async function announce(
  context: Context,
  request: WorkRequest,
  { outcomes, result }: Done,
  snapshot: Snapshot,
): Promise<void> {
  if (context.once.json === true) context.world.print(`${JSON.stringify(result)}\n`);
  const left = request.kind === "run" ? [] : (await import("./forced.ts")).leftAlone(request, snapshot);
  logResult(context, result, outcomes, left);
}

/** Adds the findings to the result. Pure. */
export const withFindings = ({ outcomes, result }: Done, findings: readonly Finding[]): Done => ({
  outcomes,
  result: findings.length === 0 ? result : { ...result, findings },
});

/** The record of this run for later runs and reports. Pure apart from the age of the process. */
export const recordOf = (
  { result: { status }, outcomes }: Done,
  ended_at: Seconds,
  awaits: string | undefined,
): RunRecord => ({
  ended_at,
  duration_ms: Math.round(performance.now()),
  status,
  done: outcomes.filter((outcome) => outcome.ok && outcome.action.type !== "idle").length,
  failed: outcomes.filter((outcome) => !outcome.ok).length,
  awaits,
});

/** The exit code of a working run. Pure. */
export function exitCodeOf(outcomes: readonly Outcome[], findings: readonly Finding[]): ExitCode {
  const failed = outcomes.filter((outcome) => !outcome.ok);
  if (failed.length === 0) return findings.some(limitsWork) ? EXIT.actions_failed : EXIT.done;
  // If every failure was a lack of permission, the run failed as a whole.
  return failed.every((outcome) => outcome.denied === true) ? EXIT.failed : EXIT.actions_failed;
}
