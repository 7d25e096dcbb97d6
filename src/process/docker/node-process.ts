import { WnmError } from "../../base/errors.ts";
import { type Node, nodeLabel, type ProcessIdentity } from "../../model/node.ts";
import { accountOf } from "../../os/account.ts";
import { identityOf } from "../../os/processes/identity.ts";
import { lookForNodes, type NodeLook } from "../../software/node-processes.ts";
import { type Sought, soughtAt } from "../../software/sought.ts";

/** Finds processes of nodes in containers. They run as this account, or as a uid that the engine maps it to. */
export const inContainers = (): NodeLook =>
  lookForNodes({
    uid: () => process.getuid?.(),
    // The container's init has the node's command in its own command line and must not be taken for the node.
    wrapped: false,
    mapped: (uid) => accountOf(uid) === undefined,
  });

/** The visible process that uses the node's folder. Whether the container runs, only the engine knows. */
export function shown(look: NodeLook, node: Sought): ProcessIdentity | undefined {
  const sight = look.process(node);
  return sight.seen === "living" ? identityOf(sight.process) : undefined;
}

/** The node's process on this machine; undefined when the engine runs processes elsewhere, as in a virtual machine. */
export const processOf = (node: Node): ProcessIdentity | undefined =>
  shown(inContainers(), soughtAt(node.root_dir, node.user));

/** Throws WnmError when a process outside the node's container uses its folder: two processes would destroy its data. */
export function refuseStray(node: Node, failed: string): void {
  const stray = processOf(node);
  if (stray !== undefined) {
    throw new WnmError(
      `${nodeLabel(node)} ${failed}: process ${stray.pid}, which its container does not know of, works on ${node.root_dir}`,
    );
  }
}
