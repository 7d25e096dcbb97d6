import { BECOMES } from "../decide/lifecycle.ts";
import { WnmError } from "../errors.ts";
import type { Node } from "../model/node.ts";
import { launchOf } from "./launch.ts";
import { keep, type Tools } from "./tools.ts";

/** Gives the node the new program. When that fails the old one runs again, and the failure is told. */
export async function upgrade(tools: Tools, node: Node): Promise<void> {
  const manager = tools.manager(node.manager_type);
  // Asked before the node is stopped: a program that does not work costs no node its process.
  const { launch, version } = await launchOf(tools, node, true);
  const upgrading = keep(tools, BECOMES.upgrading(node, tools.now()));
  try {
    await manager.create(upgrading, launch);
    const process = await manager.upgrade(upgrading, launch);
    keep(tools, { ...BECOMES.started(upgrading, process), version });
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    const state = (await manager.inspect([upgrading])).get(node.id);
    keep(
      tools,
      state?.state === "running"
        ? { ...BECOMES.started(upgrading, state.process), problem: error.message }
        : BECOMES.failedToStart(upgrading, error.message, tools.now()),
    );
    throw error;
  }
}
