import { shownDuration } from "../../model/duration.ts";
import type { ColonyEvent, EventKind } from "../../model/event.ts";
import type { Node, Seconds } from "../../model/node.ts";
import { isUp } from "../../model/node-status.ts";
import type { Circumstances } from "./circumstances.ts";

type Seen = readonly [kind: EventKind, reason: string];

/** One event for each change found by a survey. `before` and `after` are the same nodes in the same order. Pure. */
export function eventsSeen(
  before: readonly Node[],
  after: readonly Node[],
  circumstances: Circumstances,
): readonly ColonyEvent[] {
  return after.flatMap((node, i) => {
    const old = before[i];
    if (old === undefined || old === node || old.id !== node.id) return [];
    return [...statusSeen(old, node), ...besideStatus(old, node, circumstances.at)].map(([kind, reason]) => ({
      ...circumstances,
      node: node.id,
      kind,
      from_status: old.status,
      to_status: node.status,
      reason,
    }));
  });
}

/** The event for a change of status, or for a death that did not change the status. */
function statusSeen(old: Node, node: Node): readonly Seen[] {
  if (node.died_at !== undefined && node.died_at !== old.died_at && isUp(node.status))
    return deaths(node, node.crashes - old.crashes, wasUp(old, node.died_at));
  if (old.status === node.status) return [];
  return [changed(old, node)];
}

/** The most deaths between two looks that each have an event; a supervisor may count those of days. */
const MOST_DEATHS = 10;

/** One event for each death between two looks: counts of them are counts of events. */
function deaths({ problem }: Node, times: number, was_up: string): readonly Seen[] {
  const more = times > MOST_DEATHS ? `; ${times} times since wnm last looked` : "";
  const first: Seen = ["died", `${problem ?? "it ended"}; ${was_up}${more}`];
  const again: Seen = ["died", "it ended again before wnm looked"];
  return [first, ...Array<Seen>(Math.max(0, Math.min(times, MOST_DEATHS) - 1)).fill(again)];
}

/** What was up has no process any more. */
function ended(old: Node, node: Node): Seen {
  if (node.wanted === "stopped" || old.stopping_since !== undefined)
    return ["stop", "the stop that an earlier run began is done"];
  if (old.stopping_to_restart)
    return ["stop", "wnm had ended it, and was interrupted before it could start it again"];
  if (old.pid === undefined && node.problem === old.problem && old.status === "RESTARTING")
    return ["failed", "start: wnm was interrupted before it had a process, or it ended before wnm looked"];
  return ["died", `${node.problem ?? "it ended, and nothing says why"}; ${wasUp(old, node.status_since)}`];
}

function changed(old: Node, node: Node): Seen {
  switch (node.status) {
    case "STOPPED":
      if (node.upgraded_itself) return ["upgraded-itself", node.problem ?? "it ended to run another version"];
      if (old.status === "DEAD") return ["changed", "its folder is there again"];
      if (old.status === "REMOVING") return ["changed", "it stays: its removal is no longer needed"];
      return ended(old, node);
    case "DEAD":
      return ["dead", "its folder is gone"];
    case "RUNNING":
      return ["came-up", cameUp(old, node)];
    default:
      return ["changed", node.problem ?? `it was ${old.status}`];
  }
}

function cameUp(old: Node, node: Node): string {
  if (old.status === "RESTARTING" || old.status === "UPGRADING")
    return `up after ${shownDuration(node.status_since - old.status_since)}`;
  return old.status === "REMOVING"
    ? "it stays: its removal is no longer needed"
    : "it runs, and wnm has not started it";
}

const wasUp = (old: Node, until: number): string =>
  `it had been up for ${shownDuration(until - Math.max(old.status_since, old.died_at ?? old.status_since))}`;

/** Events for changes other than the status. */
function besideStatus(old: Node, node: Node, now: Seconds): readonly Seen[] {
  const seen: Seen[] = [];
  if (old.silent_since === undefined && node.silent_since !== undefined)
    seen.push(["silent", "it runs and does not answer"]);
  if (old.silent_since !== undefined && node.silent_since === undefined && isUp(node.status))
    if (node.died_at === old.died_at)
      seen.push(["answered", `it answers again after ${shownDuration(now - old.silent_since)}`]);
  if (isUp(node.status) && hasUpgradedItself(old, node))
    seen.push(["upgraded-itself", `${old.version} → ${node.version}`]);
  if (!isFull(old) && isFull(node)) seen.push(["full", fullness(node)]);
  const [shunned, was] = [shunnedBy(node), shunnedBy(old)];
  if (shunned !== undefined && was !== undefined && doublings(shunned) > doublings(was))
    seen.push(["shunned", `peers have shunned it ${shunned} times, ${was} when it was last asked`]);
  return seen;
}

const hasUpgradedItself = (old: Node, node: Node): boolean =>
  old.version !== undefined && node.version !== undefined && old.version !== node.version;

/** True when the node holds its maximum number of records; an ant-node's maximum is unknown. */
const isFull = ({ records, max_records }: Node): boolean =>
  records !== undefined && max_records !== undefined && max_records > 0 && records >= max_records;

const fullness = ({ records, max_records }: Node): string =>
  `it holds ${records} records of at most ${max_records}`;

const shunnedBy = ({ shunned_count, shunned }: Node): number | undefined => shunned_count ?? shunned;

/** Counts are recorded at 1, 2, 4, 8 …, because a node shunned every minute would fill the table. */
const doublings = (count: number): number => (count < 1 ? -1 : Math.floor(Math.log2(count)));
