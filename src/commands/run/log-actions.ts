import { type Action, describe, describeFailure } from "../../model/action.ts";
import type { Outcome } from "../../model/outcome.ts";
import type { Result } from "../../report/run-result.ts";
import type { Context } from "../context.ts";

type Logged = Pick<Context, "log" | "once" | "world">;

/** A node that a forced action left alone, and why. */
type Untouched = { readonly service: string; readonly reason: string };

const isPythons = ({ world }: Logged): boolean => world.log.format() === "python";

/** Logs the start of an action, in the log format that has a line before and after each. */
export function logBegin(context: Logged, action: Action): void {
  if (isPythons(context) && action.type !== "idle") context.log.info(describe(action));
}

/** Logs the end of an action, in the log format that has only that line. */
export function logEnd(context: Logged, outcome: Outcome): void {
  if (isPythons(context)) return;
  const { log, once } = context;
  // A repeated failure was logged the first time.
  const is_known = !outcome.ok && outcome.again === true && once.force_action === undefined;
  if (outcome.ok)
    log.info(`${describe(outcome.action)}${outcome.under_way === undefined ? "" : `; ${outcome.under_way}`}`);
  else log[is_known ? "debug" : "error"](describeFailure(outcome.action, outcome.error));
}

/** Logs the result of a run: in Python wnm's format, or only what the lines of the actions do not say. */
export function logResult(
  context: Logged,
  result: Result,
  outcomes: readonly Outcome[],
  untouched: readonly Untouched[],
): void {
  const { log } = context;
  if (!isPythons(context)) {
    if (typeof result.message === "string") log.warn(result.message);
    for (const { service, reason } of untouched) log.info(`${service} is left as it is: ${reason}`);
    return;
  }
  for (const outcome of outcomes)
    if (outcome.ok) {
      if (outcome.under_way !== undefined)
        log.info(`${outcome.action.type} is under way: ${outcome.under_way}`);
    } else log[outcome.again === true ? "info" : "error"](`${outcome.action.type} failed: ${outcome.error}`);
  // Findings have their own log lines.
  log.info(`Action: ${JSON.stringify({ ...result, findings: undefined })}`);
}
