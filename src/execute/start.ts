import { EndedAtOnce, failureOf, ProcessUnknown, StillStopping, WnmError } from "../base/errors.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import { isOnProbation } from "../decide/probation.ts";
import { type Node, type NodeId, nodeLabel, type ProcessIdentity } from "../model/node.ts";
import type { Start } from "../process/contract/manager.ts";
import { type ExecutionContext, keep } from "./context.ts";
import { createNode } from "./create-node.ts";
import { rememberEnding } from "./end-node.ts";
import { launchOf, type PreparedLaunch } from "./launch.ts";
import { requireOwnFolder } from "./node-folder.ts";
import { startAll } from "./start-all.ts";

/** Starts the node, after creating any missing files of it. Throws WnmError. */
export async function start(context: ExecutionContext, node: Node): Promise<void> {
  requireEnded(node);
  const prepared = await prepare(context, node);
  await recordStartFailure(context, { starting: prepared.node, before: node }, async () => {
    const process = await context.manager(node.manager_type).start(prepared.node, prepared.launch);
    started(context, prepared, process);
  });
}

/** Starts nodes of one manager in as few calls as for one; returns the errors of those that failed. */
export async function startMany(
  context: ExecutionContext,
  nodes: readonly Node[],
): Promise<ReadonlyMap<NodeId, WnmError>> {
  const failures = new Map<NodeId, WnmError>();
  const prepared: (Prepared & { readonly before: Node })[] = [];
  for (const node of nodes) {
    const result = await failureOf(() => {
      requireEnded(node);
      return prepare(context, node);
    });
    if (result instanceof WnmError) failures.set(node.id, result);
    else prepared.push({ ...result, before: node });
  }
  const results = await startAll(context, prepared);
  for (const one of prepared) {
    const result = results.get(one.node.id);
    if (result instanceof WnmError) {
      failures.set(one.node.id, result);
      keep(context, afterFailure(context, one.node, one.before, result));
    } else started(context, one, result);
  }
  return failures;
}

/** Throws StillStopping while the old process runs: two processes would destroy the node's data. */
function requireEnded(node: Node): void {
  if (node.stopping_since !== undefined)
    throw new StillStopping(
      `${nodeLabel(node)} is not started: it was asked to end and has not ended yet; start it once it has`,
    );
}

type Prepared = Start & Pick<PreparedLaunch, "row">;

async function prepare(context: ExecutionContext, found: Node): Promise<Prepared> {
  const node = requireOwnFolder(context, found);
  const starting = keep(context, BECOMES.starting(node, context.now()));
  return recordStartFailure(context, { starting, before: node }, async () => {
    const { launch, row } = await launchOf(context, starting);
    return { node: await createNode(context, starting, launch), launch, row };
  });
}

const started = (
  context: ExecutionContext,
  { node, row }: Prepared,
  process: ProcessIdentity | undefined,
): Node => keep(context, { ...BECOMES.started(node, process), ...row });

/** Runs a step of a start; on failure, saves the resulting state of the node. */
async function recordStartFailure<T>(
  context: ExecutionContext,
  { starting, before }: { readonly starting: Node; readonly before: Node },
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const is_known =
      error instanceof StillStopping && context.nodes.get(before.id)?.stopping_since !== undefined;
    if (error instanceof WnmError && !is_known) keep(context, afterFailure(context, starting, before, error));
    throw error;
  }
}

/** The node after a failed start: unchanged if it may be running or its old process has not ended, else stopped. */
function afterFailure(context: ExecutionContext, starting: Node, before: Node, error: WnmError): Node {
  if (error instanceof ProcessUnknown || error instanceof StillStopping) return before;
  const failed = BECOMES.failedToStart(starting, error.message, context.now());
  // During probation only an exit counts as a crash; other failures are not the new version's fault.
  return isOnProbation(starting) && !(error instanceof EndedAtOnce)
    ? { ...failed, crashes: starting.crashes }
    : failed;
}

/** Stops a hung node and starts it again. Throws WnmError; StillStopping while it ends, and a later run starts it. */
export async function restart(context: ExecutionContext, node: Node): Promise<void> {
  // Checked before the stop, so a node that could not start again in its folder keeps running.
  requireOwnFolder(context, node);
  const manager = context.manager(node.manager_type);
  if (manager.restart === undefined) {
    await end(context, node);
    return start(context, BECOMES.withoutProcess(node));
  }
  const prepared = await prepare(context, node);
  await recordStartFailure(context, { starting: prepared.node, before: node }, async () => {
    const process = await rememberEnding(
      context,
      prepared.node,
      async () => await manager.restart?.(prepared.node, prepared.launch),
    );
    started(context, prepared, process);
  });
}

/** Stops the process of a node that is to be restarted. If that fails, the row keeps its former status. */
async function end(context: ExecutionContext, node: Node): Promise<void> {
  try {
    const restarting = BECOMES.starting(node, context.now());
    await rememberEnding(context, restarting, () => context.manager(node.manager_type).stop(node));
  } catch (error) {
    if (!(error instanceof StillStopping)) keep(context, BECOMES.aboutToEnd(node));
    throw error;
  }
}
