import { type Action, describe, describeFailure } from "../../model/action.ts";
import type { Outcome } from "../../model/outcome.ts";
import type { Result } from "../../report/run-result.ts";
import type { Context } from "../context.ts";

type Logged = Pick<Context, "log" | "once" | "world">;

/** A node on which a forced action has nothing to do, and why. */
type Untouched = { readonly service: string; readonly reason: string };

const isPythons = ({ world }: Logged): boolean => world.log.format() === "python";

/** Logs an action that begins, where each has a line before and one after. */
export function logBegin(context: Logged, action: Action): void {
  if (isPythons(context) && action.type !== "idle") context.log.info(describe(action));
}

/** Logs an action that has ended, where that is its only line. */
export function logEnd(context: Logged, outcome: Outcome): void {
  if (isPythons(context)) return;
  const { log, once } = context;
  // What fails again was logged when it first did.
  const is_known = !outcome.ok && outcome.again === true && once.force_action === undefined;
  if (outcome.ok)
    log.info(`${describe(outcome.action)}${outcome.under_way === undefined ? "" : `; ${outcome.under_way}`}`);
  else log[is_known ? "debug" : "error"](describeFailure(outcome.action, outcome.error));
}

/** Logs what a run came to: as Python wnm did, or what no line of an action says. */
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
  // The log has the findings already, each when it began.
  log.info(`Action: ${JSON.stringify({ ...result, findings: undefined })}`);
}
