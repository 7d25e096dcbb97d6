import { BECOMES } from "../decide/lifecycle.ts";
import { WnmError } from "../errors.ts";
import type { Node } from "../model/node.ts";
import { launchOf } from "./launch.ts";
import { keep, type Tools } from "./tools.ts";

/** Starts a node that has its files, or makes what is missing of them first. */
export async function start(tools: Tools, node: Node): Promise<void> {
  const manager = tools.manager(node.manager_type);
  const starting = keep(tools, BECOMES.starting(node, tools.now()));
  try {
    const { launch, row } = await launchOf(tools, starting);
    await manager.create(starting, launch);
    const process = await manager.start(starting, launch);
    keep(tools, { ...BECOMES.started(starting, process), ...row });
  } catch (error) {
    if (error instanceof WnmError) keep(tools, BECOMES.failedToStart(starting, error.message, tools.now()));
    throw error;
  }
}

/** Stops the node; its data stay. */
export async function stop(tools: Tools, node: Node): Promise<void> {
  const stopping = keep(tools, BECOMES.stopping(node));
  await tools.manager(node.manager_type).stop(stopping);
  keep(tools, BECOMES.stopped(stopping, tools.now()));
}

/** Stops a node that hangs and starts it again. */
export async function restart(tools: Tools, node: Node): Promise<void> {
  await tools.manager(node.manager_type).stop(node);
  await start(tools, BECOMES.withoutProcess(node));
}

/** Stops the node until a hand enables it. */
export async function disable(tools: Tools, node: Node): Promise<void> {
  const disabled = keep(tools, BECOMES.disabled(node, tools.now()));
  await tools.manager(node.manager_type).stop(disabled);
  keep(tools, BECOMES.withoutProcess(disabled));
}

/** Lets the colony use a disabled node again; it starts when there is room. */
export async function enable(tools: Tools, node: Node): Promise<void> {
  keep(tools, BECOMES.enabled(node, tools.now()));
}
