import { shownDuration } from "../model/duration.ts";
import { graceLeft, type Node, otherFolderOf, type Seconds } from "../model/node.ts";
import { isUp } from "../model/node-status.ts";
import { diskViewOf } from "./disks.ts";
import { massFailure } from "./mass-failure.ts";
import { awaitsRemoval, neededRemovals } from "./needed.ts";
import { isDrained, reasonsToWait } from "./pressure.ts";
import { nextTryAt } from "./retry.ts";
import { whyNotGrow } from "./rules/grow.ts";
import { retryAt } from "./rules/revive.ts";
import { DRAINED } from "./rules/shed.ts";
import { isDown, type Snapshot } from "./snapshot.ts";

/** What a node waits for and what happens next. */
export type Outlook = {
  /** What it waits for, as sentences; never empty. */
  readonly waits: readonly string[];
  /** The latest time at which the wait is over, if known. */
  readonly at: Seconds | undefined;
  /** The command that the operator can use instead of waiting; undefined: none helps. */
  readonly by_hand: string | undefined;
};

/** What the rules will do next with a node. Pure. */
export function outlookOf(all: Snapshot, node: Node): Outlook {
  const s = diskViewOf(all, node);
  const doubt = s.doubtful.get(node.id);
  if (doubt !== undefined) return { waits: [doubt], at: undefined, by_hand: undefined };
  const forced = (action: string): string => `wnm --force_action ${action} --service_name ${node.id}`;
  if (node.stopping_since !== undefined) return ofEnding(s, node);
  switch (node.status) {
    case "STOPPED":
      return isDown(node) ? ofDown(s, node, forced("start")) : ofResting(s, forced("start"));
    case "RUNNING":
      return ofRunning(s, node, forced("restart"));
    case "RESTARTING":
      return ofStarting(s, node, forced("restart"));
    case "UPGRADING":
      return ofUpgrading(s, node);
    case "REMOVING":
      return ofLeaving(s, node, forced("start"));
    case "DISABLED":
      if (node.moving_to !== undefined) return MOVES_ON;
      return { waits: ["it stays as it is until it is enabled"], at: undefined, by_hand: forced("enable") };
    case "DEAD":
      if (otherFolderOf(node) !== undefined) return ofDeadWithOther(node, forced("remove"));
      return {
        waits: [
          "its row is removed by the next run, and a new node takes its place where there is room; if its folder comes back before that, it starts again",
        ],
        at: undefined,
        by_hand: undefined,
      };
    case "MIGRATING":
      if (otherFolderOf(node) !== undefined) return MOVES_ON;
      return stays(node);
    default:
      return stays(node);
  }
}

const MOVES_ON: Outlook = {
  waits: ["the next run continues its move"],
  at: undefined,
  by_hand: undefined,
};

/** The outlook of a dead node when a move left a complete or partial copy, which may be the last one. */
const ofDeadWithOther = (node: Node, by_hand: string): Outlook => ({
  waits: [
    `its folder is gone, and a move has left a copy: put ${otherFolderOf(node)} at ${node.root_dir}, and it starts again; or remove it`,
  ],
  at: undefined,
  by_hand,
});

const stays = ({ status }: Node): Outlook => ({
  waits: [`wnm does nothing with a node that is ${status}`],
  at: undefined,
  by_hand: undefined,
});

function ofStarting({ now, config }: Snapshot, node: Node, by_hand: string): Outlook {
  const at = node.status_since + config.delay_start;
  const wait =
    at > now
      ? `it counts as RUNNING once it has found peers, or in ${shownDuration(at - now)}`
      : `the next run that finds it alive counts it as RUNNING: its time to start (delay_start ${config.delay_start} s) is over`;
  return { waits: [wait], at: at > now ? at : undefined, by_hand };
}

function ofUpgrading({ now, config }: Snapshot, node: Node): Outlook {
  const at = node.status_since + config.delay_upgrade;
  const wait =
    at > now
      ? `its upgrade is done in ${shownDuration(at - now)}, if it runs and answers then; if it keeps dying or stays silent, it gets ${node.previous_version ?? "its old version"} back`
      : "the next run that finds it alive and answering counts its upgrade as done";
  return { waits: [wait], at: at > now ? at : undefined, by_hand: undefined };
}

/** The outlook of a node whose process was asked to end and still runs. */
function ofEnding(s: Snapshot, node: Node): Outlook {
  const left = graceLeft(node, s.config.stop_grace, s.now);
  const wait =
    left > 0
      ? `it was asked to end and has ${shownDuration(left)} left for that (stop_grace ${s.config.stop_grace} s)`
      : "it was asked to end and did not; the next run ends it by force";
  return { waits: [wait], at: left > 0 ? s.now + left : undefined, by_hand: undefined };
}

/** The outlook of a node that crashed. */
function ofDown(s: Snapshot, node: Node, by_hand: string): Outlook {
  const at = retryAt(node);
  const try_after = node.crashes > 1 ? ` (it has ended ${node.crashes} times)` : "";
  const wait =
    at > s.now
      ? `it is tried again in ${shownDuration(at - s.now)}${try_after}`
      : `the next run starts it${try_after}`;
  return { waits: [wait, ...reasonsToWait(s)], at: at > s.now ? at : undefined, by_hand };
}

/** The outlook of a node stopped for load or by hand, which starts when the colony may grow. */
function ofResting(s: Snapshot, by_hand: string): Outlook {
  const waits = [...(isDrained(s) ? [DRAINED] : []), ...whyNotGrow(s)];
  return {
    waits:
      waits.length === 0
        ? ["there is room: a run of the next minutes starts it, the oldest first"]
        : ["it starts again once the colony may grow, the oldest node first; until then:", ...waits],
    at: undefined,
    by_hand,
  };
}

function ofRunning(s: Snapshot, node: Node, by_hand: string): Outlook {
  if (node.failures > 0) {
    const at = nextTryAt(node);
    const wait = `${node.failed_action} is tried again ${at > s.now ? `in ${shownDuration(at - s.now)}` : "by the next run"}`;
    return { waits: [wait], at: at > s.now ? at : undefined, by_hand };
  }
  if (node.silent_since === undefined)
    return { waits: ["nothing: it runs and answers"], at: undefined, by_hand };
  const at = node.silent_since + s.config.delay_restart;
  const holds = reasonsToWait(s);
  const wait =
    at > s.now
      ? `wnm restarts it in ${shownDuration(at - s.now)} if it stays silent`
      : "the next run restarts it";
  return { waits: [wait, ...holds], at: at > s.now ? at : undefined, by_hand };
}

function ofLeaving(s: Snapshot, node: Node, by_hand: string): Outlook {
  if (!awaitsRemoval(node))
    return { waits: ["the next run continues its removal"], at: undefined, by_hand: undefined };
  const at = node.status_since + s.config.delay_remove;
  const needed = neededRemovals(s).some(({ id }) => id === node.id);
  const rest = at > s.now ? `in ${shownDuration(at - s.now)}` : "by the next run";
  return {
    waits: [
      needed
        ? `it is deleted with its data ${rest}, if node_cap or a full disk still asks for it then`
        : "it comes back: nothing asks for its removal any more",
    ],
    at: at > s.now ? at : undefined,
    by_hand,
  };
}

/** What prevents the colony from running more nodes; empty when it may grow now. */
export function whyNotMore(s: Snapshot): readonly string[] {
  const brake = massFailure(s);
  return [...(isDrained(s) ? [DRAINED] : []), ...(brake === undefined ? [] : [brake]), ...whyNotGrow(s)];
}

/** Nodes that are not up, that are up but do not answer, or that are in doubt. */
export const unhealthyNodes = ({ nodes, doubtful }: Pick<Snapshot, "nodes" | "doubtful">): readonly Node[] =>
  nodes.filter(
    (node) =>
      !isUp(node.status) || node.silent_since !== undefined || node.failures > 0 || doubtful.has(node.id),
  );
