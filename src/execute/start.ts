import { BECOMES } from "../decide/lifecycle.ts";
import { WnmError } from "../errors.ts";
import type { Node, NodeId, ProcessIdentity } from "../model/node.ts";
import type { Start } from "../process/manager.ts";
import { create } from "./create.ts";
import { type Launching, launchOf } from "./launch.ts";
import { failureOf, startAll } from "./together.ts";
import { keep, type Tools } from "./tools.ts";

/** Starts a node that has its files, or makes what is missing of them first. */
export async function start(tools: Tools, node: Node): Promise<void> {
  const prepared = await prepare(tools, node);
  await orFailed(tools, prepared.node, async () => {
    const process = await tools.manager(node.manager_type).start(prepared.node, prepared.launch);
    started(tools, prepared, process);
  });
}

/** Starts nodes of one manager with the calls of one. Gives the failure of each that failed. */
export async function startTogether(
  tools: Tools,
  nodes: readonly Node[],
): Promise<ReadonlyMap<NodeId, WnmError>> {
  const failures = new Map<NodeId, WnmError>();
  const prepared: Prepared[] = [];
  for (const node of nodes) {
    const result = await failureOf(() => prepare(tools, node));
    if (result instanceof WnmError) failures.set(node.id, result);
    else prepared.push(result);
  }
  const results = await startAll(tools, prepared);
  for (const one of prepared) {
    const result = results.get(one.node.id);
    if (result instanceof WnmError) {
      failures.set(one.node.id, result);
      keep(tools, BECOMES.failedToStart(one.node, result.message, tools.now()));
    } else started(tools, one, result);
  }
  return failures;
}

type Prepared = Start & Pick<Launching, "row">;

async function prepare(tools: Tools, node: Node): Promise<Prepared> {
  const starting = keep(tools, BECOMES.starting(node, tools.now()));
  return orFailed(tools, starting, async () => {
    const { launch, row } = await launchOf(tools, starting);
    return { node: await create(tools, starting, launch), launch, row };
  });
}

const started = (tools: Tools, { node, row }: Prepared, process: ProcessIdentity | undefined): Node =>
  keep(tools, { ...BECOMES.started(node, process), ...row });

async function orFailed<T>(tools: Tools, starting: Node, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
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
  const manager = tools.manager(node.manager_type);
  if (manager.restart === undefined) {
    await manager.stop(node);
    return start(tools, BECOMES.withoutProcess(node));
  }
  const prepared = await prepare(tools, node);
  await orFailed(tools, prepared.node, async () => {
    const process = await manager.restart?.(prepared.node, prepared.launch);
    started(tools, prepared, process);
  });
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
