import { typedWord } from "../../base/shell-word.ts";
import { heldBytes } from "../../decide/disk.ts";
import type { Snapshot } from "../../decide/snapshot.ts";
import type { Action } from "../../model/action.ts";
import { nodeLabel, storageOf } from "../../model/node.ts";
import { shownBytes } from "../../report/shown-figures.ts";
import type { WorkRequest } from "./plan.ts";

/** The cost of a command: the number of affected nodes, and a sentence with their data, the time, and how to undo it. */
export type Cost = {
  readonly nodes: number;
  readonly sentence: string;
  /** The cost is temporary and loses no data, so no number of nodes requires --confirm. */
  readonly passes?: true;
};

/** The part of a snapshot that the cost depends on. */
export type Colony = Pick<Snapshot, "config" | "nodes" | "disk_use" | "doubtful">;

/** "1 node", "4 nodes". */
export const counted = (count: number): string => `${count} node${count === 1 ? "" : "s"}`;

/** "their data", with the size if it is known. */
export function dataOf(s: Colony, nodes: Colony["nodes"]): string {
  const bytes = nodes.reduce((sum, node) => sum + heldBytes(s, node), 0);
  return bytes === 0 ? "their data" : `their data (${shownBytes(bytes)})`;
}

/** The cost of a forced action; undefined when it costs no node. Pure. */
export function costOfForced(request: WorkRequest, plan: readonly Action[], s: Colony): Cost | undefined {
  if (request.kind === "run") return undefined;
  const ids = new Set(plan.flatMap((action) => ("node" in action ? action.node : [])));
  const nodes = s.nodes.filter(({ id }) => ids.has(id));
  if (nodes.length === 0) return undefined;
  const names = nodes.map(({ id }) => id).join(",");
  switch (request.action) {
    case "remove":
    case "teardown": {
      const lost = nodes.flatMap((node) => {
        const because = s.doubtful.get(node.id);
        return because === undefined ? [] : [`${nodeLabel(node)}: ${because}`];
      });
      const doubts = lost.length === 0 ? "" : `. In doubt: ${lost.join("; ")}`;
      return {
        nodes: nodes.length,
        sentence: `this removes ${counted(nodes.length)} now, with ${dataOf(s, nodes)} and identities; this cannot be taken back. To keep the data: wnm --force_action stop${doubts}`,
      };
    }
    case "stop":
      return {
        nodes: nodes.length,
        sentence: `this stops ${counted(nodes.length)} now; the data stay, and wnm starts them again when there is room. To take it back: wnm --force_action start --service_name ${names}`,
      };
    case "disable":
      return {
        nodes: nodes.length,
        sentence: `this stops ${counted(nodes.length)} now and leaves them alone until they are enabled; the data stay. To take it back: wnm --force_action enable --service_name ${names}`,
      };
    case "restart":
      return {
        ...{ nodes: nodes.length, passes: true },
        sentence: `this restarts ${counted(nodes.length)} now, one after another; each is down until it has started again, and the data stay`,
      };
    case "upgrade":
      return {
        nodes: nodes.length,
        sentence: `this upgrades ${counted(nodes.length)} now, without a trial on one of them first; each is down until it has started again, and gets its old program back unless it is healthy for delay_upgrade`,
      };
    case "move":
      return { nodes: nodes.length, passes: true, sentence: costOfMove(nodes, s, request.target.to ?? "") };
    default:
      return undefined;
  }
}

function costOfMove(nodes: Colony["nodes"], s: Colony, to: string): string {
  const [from, ...others] = new Set(nodes.map(storageOf));
  const back =
    others.length > 0 || from === undefined
      ? ""
      : `. To take it back: wnm --force_action move --service_name ${nodes.map(({ id }) => id).join(",")} --to ${typedWord(from)}`;
  return `this moves ${counted(nodes.length)} with ${dataOf(s, nodes)} to ${to}, one after another; each is down while its data are copied${back}`;
}
