import type { Node, ProcessIdentity } from "../../model/node.ts";
import type { Files } from "../../os/files/node-files.ts";
import type { Launch, ProcessManager } from "./manager.ts";
import { replaceProgram } from "./node-files.ts";

/** Implements the contract's `upgrade` with the manager's stop and start. Throws WnmError when a step fails. */
export async function upgradeByRestart(
  manager: Pick<ProcessManager, "stop" | "start">,
  files: Files,
  node: Node,
  launch: Launch,
): Promise<ProcessIdentity | undefined> {
  await replaceProgram(files, node, launch);
  await manager.stop(node);
  return manager.start(node, launch);
}
