import { EndedAtOnce, StillStopping, WnmError } from "../base/errors.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import type { Node, ProcessIdentity } from "../model/node.ts";
import { type ExecutionContext, keep } from "./context.ts";
import { rememberEnding } from "./end-node.ts";
import { type KeptProgram, keptProgram, sharedPath } from "./kept-programs.ts";
import { launchOf, requireReadable } from "./launch.ts";
import { requireOwnFolder } from "./node-folder.ts";
import { stateOf } from "./node-state.ts";

/** Restores the program of version `to`, starts the node, and marks the failed version as bad. Throws WnmError. */
export async function rollback(
  context: ExecutionContext,
  node: Node,
  to: string,
  because: string,
): Promise<void> {
  requireOwnFolder(context, node);
  const manager = context.manager(node.manager_type);
  const kept = keptProgram(context, node, to);
  if (kept === undefined) {
    // Without its old program it is treated as any crashing node, so it does not block upgrades of others.
    keep(context, { ...node, previous_version: undefined });
    throw new WnmError(
      `The program of version ${to} is not kept at ${sharedPath(context, node, to)}; upgrade the node by hand`,
    );
  }
  // After an interrupted upgrade the row may still have the old version, which must not be blamed.
  if (node.version !== to) blameVersion(context, node, because);
  try {
    requireReadable(node, kept);
  } catch (error) {
    // It is treated as any crashing node, so it does not block upgrades of others.
    keep(context, { ...node, previous_version: undefined });
    throw error;
  }
  const back = keep(context, { ...BECOMES.rollingBack(node, context.now()), problem: because });
  let process: ProcessIdentity | undefined;
  let restored = back;
  try {
    const { launch, row } = await launchOf(context, back, kept);
    const { program_sha256, strange_program } = row;
    restored = { ...back, program_sha256, strange_program };
    process = await rememberEnding(context, back, () => manager.upgrade(back, launch));
  } catch (error) {
    if (error instanceof WnmError && !(error instanceof StillStopping))
      keep(context, notRestored(context, { node, back, kept, to }, await stateOf(context, back), error));
    throw error;
  }
  keep(context, { ...BECOMES.started(restored, process), version: to, previous_version: undefined });
}

/** Marks the node's version as bad, so that no node is upgraded to it. */
export function blameVersion(context: ExecutionContext, { version }: Node, because: string): void {
  if (version !== undefined) context.store.save({ bad_version: { version, because, since: context.now() } });
}

type Rollback = {
  readonly node: Node;
  readonly back: Node;
  readonly kept: KeptProgram;
  readonly to: string;
};

/** Returns the row of a node whose start with its old program failed. */
function notRestored(
  context: ExecutionContext,
  { node, back, kept, to }: Rollback,
  state: string | undefined,
  error: WnmError,
): Node {
  // Its process could not be stopped, so nothing has changed, and the next run tries again.
  if (state === "running" && !(error instanceof EndedAtOnce)) return { ...node, problem: error.message };
  const failed = BECOMES.failedToStart(back, error.message, context.now());
  // With its old program in place it is retried like any crashing node and does not block upgrades of others.
  const restored = context.identify(node.binary).sha256 === kept.sha256;
  const put = { program_sha256: kept.sha256, strange_program: undefined };
  return restored ? { ...failed, ...put, version: to, previous_version: undefined } : failed;
}
