import { typedWord } from "../base/shell-word.ts";
import { ASK_DOCTOR } from "../model/finding.ts";
import { type Node, nodeLabel, otherFolderOf, storageOf } from "../model/node.ts";
import type { Check, Scene } from "./check.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DEATHS = 3;
/** A node shunned by this many more peers than a day ago is being pushed out of the network. */
const MORE_SHUNS = 5;
/** Labels of nodes that one sentence names before it only counts. */
const MOST_NAMED = 3;

/** "antnode0001, antnode0002 and 5 more". */
function named(nodes: readonly Node[]): string {
  const labels = nodes.slice(0, MOST_NAMED).map(nodeLabel).join(", ");
  return nodes.length > MOST_NAMED ? `${labels} and ${nodes.length - MOST_NAMED} more` : labels;
}

/** True when the node runs and answered the last survey, so its readings are current. */
const answers = ({ status, silent_since }: Node): boolean =>
  status === "RUNNING" && silent_since === undefined;

const waiting = ({ nodes, now }: Scene): readonly Node[] =>
  nodes.filter(
    ({ status, wanted, status_since }) =>
      status === "STOPPED" && wanted === "stopped" && now - status_since > HOUR,
  );

/** Checks of nodes. */
export const NODE_CHECKS: readonly Check[] = [
  {
    key: "node-dies",
    severity: "bad",
    about: `a node died ${DEATHS} times in the last hour`,
    find: ({ nodes, past }) =>
      nodes.flatMap((node) => {
        const deaths = past.deaths.get(node.id) ?? 0;
        const because = node.problem === undefined ? "" : `; the last time: ${node.problem}`;
        return deaths < DEATHS
          ? []
          : {
              node: node.id,
              sentence: `${nodeLabel(node)} died ${deaths} times in the last hour${because}`,
              cure: `wnm --report why --service_name ${nodeLabel(node)}`,
            };
      }),
  },
  {
    key: "strange-program",
    severity: "bad",
    about: "a node's program is not the one that wnm, or the node's own upgrade, put there",
    find: ({ nodes }) =>
      nodes.flatMap((node) =>
        node.strange_program === undefined
          ? []
          : {
              node: node.id,
              sentence: `${nodeLabel(node)} has a program that neither wnm nor its own upgrade put there: ${node.binary} has the sha256 ${node.strange_program}, and ${node.program_sha256} was put there. Find out who changed it; its next start without it gets wnm's program again`,
              cure: `wnm --force_action stop --service_name ${nodeLabel(node)} && rm -f ${typedWord(node.binary)} && wnm --force_action start --service_name ${nodeLabel(node)}`,
            },
      ),
  },
  {
    key: "node-silent",
    severity: "warning",
    about: "a node runs and has not answered for 2 minutes",
    find: ({ nodes, now }) =>
      nodes.flatMap((node) =>
        node.status !== "RUNNING" || node.silent_since === undefined || now - node.silent_since <= 2 * MINUTE
          ? []
          : {
              node: node.id,
              since: node.silent_since,
              sentence: `${nodeLabel(node)} runs and does not answer; wnm restarts it if that lasts`,
              cure: `wnm --force_action restart --service_name ${nodeLabel(node)}`,
            },
      ),
  },
  {
    key: "node-without-peers",
    severity: "bad",
    about: "a node has had no peer for 15 minutes",
    after: 15 * MINUTE,
    find: ({ nodes }) =>
      nodes.flatMap((node) =>
        !answers(node) || node.connected_peers !== 0
          ? []
          : {
              node: node.id,
              severity: "warning",
              sentence: `${nodeLabel(node)} runs and has no peer: the machine cannot reach the network, or UDP port ${node.port} is blocked`,
              cure: ASK_DOCTOR,
            },
      ),
  },
  {
    key: "node-shunned",
    severity: "warning",
    about: `${MORE_SHUNS} peers more than a day ago shun a node`,
    find: ({ nodes, past }) =>
      nodes.flatMap((node) => {
        const before = past.shunned.get(node.id);
        const risen = answers(node) ? (node.shunned ?? 0) - (before ?? Number.POSITIVE_INFINITY) : 0;
        return risen < MORE_SHUNS
          ? []
          : {
              node: node.id,
              sentence: `${node.shunned} peers shun ${nodeLabel(node)}, ${risen} more than a day ago: the machine or its network may be too slow for its nodes`,
              cure: "wnm --dry_run --show_decisions",
            };
      }),
  },
  {
    key: "move-left",
    severity: "warning",
    about: "a move has left a second folder of a node, with its key, that could not be deleted",
    find: ({ nodes }) =>
      nodes.flatMap((node) => {
        const other = otherFolderOf(node);
        const is_dead = node.status === "DEAD";
        if (other === undefined || (!is_dead && node.failed_action !== "move")) return [];
        return is_dead
          ? {
              node: node.id,
              severity: "bad",
              sentence: `The folder ${node.root_dir} of ${nodeLabel(node)} is gone, and ${other}, which a move has left, may be its last copy; if it is of no use, give the node up with --force_action remove`,
              cure: `mv ${typedWord(other)} ${typedWord(node.root_dir)}`,
            }
          : {
              node: node.id,
              sentence: `A move of ${nodeLabel(node)} has left ${other}, which holds its key too and could not be deleted; wnm does it when its disk is mounted. If that disk is lost, take ${storageOf({ root_dir: other })} out of --node_storage`,
              cure: `wnm --force_action move --service_name ${nodeLabel(node)} --to ${typedWord(storageOf(node))}`,
            };
      }),
  },
  {
    key: "stopped-for-load",
    severity: "warning",
    about: "a node has been stopped for more than an hour and waits for room on the machine",
    find: (scene) => {
      const stopped = waiting(scene);
      return stopped.length === 0
        ? []
        : [
            {
              since: Math.min(...stopped.map(({ status_since }) => status_since)),
              sentence: `${named(stopped)} ${stopped.length === 1 ? "is stopped and waits" : "are stopped and wait"} for room on the machine; wnm starts what it has room for`,
              cure: "wnm --dry_run --show_decisions",
            },
          ];
    },
  },
];
