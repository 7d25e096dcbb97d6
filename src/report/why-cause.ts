import { BY_HAND } from "../decide/force.ts";
import type { ColonyEvent, EventReadings } from "../model/event.ts";
import type { Node } from "../model/node.ts";
import { isUp } from "../model/node-status.ts";
import { type Chronicle, STARTS, shownAsker } from "./history.ts";

/** Why a node is in its state, who caused it, and the readings at that time. */
export type Cause = {
  readonly by: string;
  readonly because: string;
  readonly readings: EventReadings | undefined;
};

type Account = Chronicle["account"];

const NOT_REMEMBERED = "the history does not say; it is kept for 400 days and began with this wnm";

/** Why the node is in its state: its current activity or problem, else the event that led to its status. Pure. */
export function causeOfState(node: Node, events: readonly ColonyEvent[], account: Account): Cause {
  const now = trouble(node, events);
  if (now !== undefined) return { because: now.because, ...circumstances(now.event, account) };
  const cause = startOf(
    events,
    causeOf(events, ({ to_status }) => to_status === node.status),
  );
  const because = cause === undefined ? node.problem : `${cause.reason}${beforeThat(events, cause)}`;
  return { because: because ?? NOT_REMEMBERED, ...circumstances(cause, account) };
}

/** Why a node without a row was removed. Pure. */
export function causeOfEnd(
  events: readonly ColonyEvent[],
  account: Account,
): Cause & { at: number | undefined } {
  const gone = causeOf(events, ({ to_status }) => to_status === undefined);
  const removal = events.findLast(({ kind, to_status }) => kind === "remove" && to_status !== undefined);
  const because = removal?.reason ?? gone?.reason ?? NOT_REMEMBERED;
  return { because, at: gone?.at, ...circumstances(gone, account) };
}

const circumstances = (event: ColonyEvent | undefined, account: Account) => ({
  by: event === undefined ? "" : makerOf(event, account),
  readings: event?.readings,
});

/** What is amiss with a node that is up, or is being done to it, and the event of that. */
function trouble(
  { status, silent_since, stopping_since, failures, failed_action, problem }: Node,
  events: readonly ColonyEvent[],
): { readonly because: string; readonly event: ColonyEvent | undefined } | undefined {
  const last = (kind: ColonyEvent["kind"]) => events.findLast((event) => event.kind === kind);
  if (!isUp(status)) return undefined;
  if (stopping_since !== undefined) {
    const event = last("stop");
    return event && { because: event.reason, event };
  }
  if (silent_since !== undefined)
    return { because: "its process runs and does not answer", event: last("silent") };
  return failures > 0 ? { because: `${failed_action} failed: ${problem}`, event: last("failed") } : undefined;
}

const causeOf = (
  events: readonly ColonyEvent[],
  fits: (event: ColonyEvent) => boolean,
): ColonyEvent | undefined =>
  events.findLast((event) => event.from_status !== event.to_status && fits(event));

/** For a node that came up, the event of its start. */
function startOf(events: readonly ColonyEvent[], cause: ColonyEvent | undefined): ColonyEvent | undefined {
  if (cause?.kind !== "came-up") return cause;
  const before = events[events.indexOf(cause) - 1];
  return before !== undefined && STARTS.has(before.kind) && before.to_status === cause.from_status
    ? { ...before, reason: `${before.reason}; ${cause.reason}` }
    : cause;
}

const isKept = ({ kind, from_status }: ColonyEvent): boolean =>
  kind === "changed" && from_status === "REMOVING";

/** For a node whose removal was cancelled, the reason why it was down before. */
function beforeThat(events: readonly ColonyEvent[], cause: ColonyEvent): string {
  if (!isKept(cause) || cause.to_status !== "STOPPED") return "";
  const earlier = events.slice(0, events.indexOf(cause));
  const removal = causeOf(earlier, ({ to_status }) => to_status === "REMOVING");
  const stop = causeOf(earlier, ({ to_status }) => to_status === "STOPPED");
  return removal?.from_status === "STOPPED" && stop !== undefined
    ? `; it was stopped before that: ${stop.reason}`
    : "";
}

const BY_ITSELF: ReadonlySet<ColonyEvent["kind"]> = new Set([
  ...(["died", "dead", "silent", "came-up", "changed", "upgraded-itself"] as const),
]);

/** Who caused it. A plain run started manually decides like cron's. */
function makerOf(event: ColonyEvent, account: Account): string {
  const { kind, by, reason } = event;
  if (BY_ITSELF.has(kind) && !isKept(event)) return "by itself, not by wnm";
  if (by === "cron") return "by wnm, not by itself";
  const asker = shownAsker(by, account);
  return reason.includes(BY_HAND) || kind === "setting" ? asker : `by wnm, in a run ${asker}`;
}
