import { ACTION_TYPES } from "../../model/action-types.ts";
import type { Node, Seconds } from "../../model/node.ts";
import { become, withoutMove } from "./become.ts";
import { STOPS } from "./stops.ts";
import { NO_PROCESS, withoutProcess } from "./unseen.ts";

/** The node's states while its folder moves to another storage. */
export const MOVES = {
  /** Its folder is being copied to `moving_to`. No rule touches it meanwhile; its desired state is kept. */
  moving: (node: Node, moving_to: string, now: Seconds): Node => ({
    ...becomeUnlessDisabled(node, ACTION_TYPES.move.becomes, now),
    moving_to,
  }),
  /** The copy is complete and becomes its folder. */
  moved: ({ moving_to: root_dir = "", ...node }: Node): Node => {
    const inside = (path: string): string =>
      path.startsWith(`${node.root_dir}/`) ? `${root_dir}${path.slice(node.root_dir.length)}` : path;
    return {
      ...withoutProcess({ ...node, moving_to: undefined }),
      root_dir,
      binary: inside(node.binary),
      log_dir: node.log_dir === undefined ? undefined : inside(node.log_dir),
      moving_from: node.root_dir,
    };
  },
  /** The move is over, successfully or rolled back; the other folder must still be deleted. */
  arrived: (node: Node, now: Seconds): Node => ({
    ...withoutMove(becomeUnlessDisabled({ ...node, ...NO_PROCESS }, "STOPPED", now)),
    silent_since: undefined,
    died_at: undefined,
    problem: node.failed_action === "move" ? undefined : node.problem,
  }),
  /** The move did not begin, because the node's process, asked to end at `since`, still runs. */
  notMoved: (node: Node, since: Seconds, now: Seconds): Node =>
    STOPS.ending(withoutMove(becomeUnlessDisabled(node, "RUNNING", now)), since),
} as const;

/** A disabled node stays disabled wherever its folder is. */
const becomeUnlessDisabled = (node: Node, status: Node["status"], now: Seconds): Node =>
  node.status === ACTION_TYPES.disable.becomes ? node : become(node, status, now);
