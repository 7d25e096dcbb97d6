import type { Settled } from "../checks/settle.ts";
import type { ColonyEvent } from "../model/event.ts";
import { describeFinding, type Finding } from "../model/finding.ts";
import type { Seconds } from "../model/node.ts";
import { storedFindings } from "../observe/unreadable-findings.ts";
import { isHeldReason } from "../os/lock/lock-held.ts";
import type { Log } from "../os/log.ts";
import { hasTerminal } from "../os/terminal.ts";
import type { Store } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { unreadableIn } from "./settings-of.ts";

/** Logs each finding at the level of its severity. */
export function logFindings(log: Log, findings: readonly Finding[]): void {
  for (const finding of findings)
    log[finding.severity === "bad" ? "error" : "warn"](describeFinding(finding));
}

/**
 * Logs a run's findings: all of them at a terminal; in a file only those that begin, get worse or end. `refused`: events
 * of earlier refused runs that could not be written to the database.
 */
export function logSettled(
  { log }: Context,
  { open, begun, ended }: Settled,
  by_hand: boolean,
  refused: readonly ColonyEvent[],
): void {
  const known = open.length > begun.length;
  logFindings(log, known && (by_hand || hasTerminal()) ? open : begun);
  for (const { sentence } of ended) log.info(`Over: ${sentence}`);
  const last = refused.findLast(({ by, reason }) => by === "cron" && !isHeldReason(reason));
  if (last !== undefined && !ended.some(({ key }) => key === "run-refused"))
    log.info(`Over: runs were refused since ${zulu(last.at)}: ${last.reason}`);
}

const zulu = (at: Seconds): string => new Date(at * 1000).toISOString().replace(".000Z", "Z");

/** Warnings about unreadable stored values, for calls that change no node and work without those values. */
export const unreadableWarnings = (context: Context, store: Store): readonly string[] =>
  storedFindings(store, unreadableIn(context, store)).map(describeFinding);

/** Logs these warnings. */
export function warnOfUnreadable(context: Context, store: Store): void {
  for (const warning of unreadableWarnings(context, store)) context.log.warn(warning);
}
