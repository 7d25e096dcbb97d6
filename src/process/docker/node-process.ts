import { WnmError } from "../../base/errors.ts";
import { type Node, nodeLabel, type ProcessIdentity } from "../../model/node.ts";
import { accountOf } from "../../os/account.ts";
import { identityOf } from "../../os/processes/identity.ts";
import { lookForNodes, type NodeLook } from "../../software/node-processes.ts";
import { type Sought, soughtAt } from "../../software/sought.ts";

/** Looks at nodes of containers: they run as this account, or as a number that the engine has mapped it to. */
export const inContainers = (): NodeLook =>
  lookForNodes({
    uid: () => process.getuid?.(),
    // A container's init names the node on its own command line too.
    wrapped: false,
    mapped: (uid) => accountOf(uid) === undefined,
  });

/** The visible process on the node's folder. Whether a container runs is for the engine to say. */
export function shown(look: NodeLook, node: Sought): ProcessIdentity | undefined {
  const sight = look.process(node);
  return sight.seen === "living" ? identityOf(sight.process) : undefined;
}

/** The node's process on this machine; undefined when the engine keeps its processes elsewhere. */
export const processOf = (node: Node): ProcessIdentity | undefined =>
  shown(inContainers(), soughtAt(node.root_dir, node.user));

/** Throws WnmError when a process outside the node's container uses its folder: two would destroy its data. */
export function refuseStray(node: Node, failed: string): void {
  const stray = processOf(node);
  if (stray !== undefined) {
    throw new WnmError(
      `${nodeLabel(node)} ${failed}: process ${stray.pid}, which its container does not know of, works on ${node.root_dir}`,
    );
  }
}
