import { Denied, EndedAtOnce, StillStopping, WnmError } from "../base/errors.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import type { NodeBinary } from "../model/host.ts";
import type { Node, ProcessIdentity, Seconds } from "../model/node.ts";
import { type ExecutionContext, keep } from "./context.ts";
import { createNode } from "./create-node.ts";
import { rememberEnding } from "./end-node.ts";
import { keepProgram, type OldProgram } from "./kept-programs.ts";
import { launchOf, usableBinary } from "./launch.ts";
import { requireOwnFolder } from "./node-folder.ts";
import { stateOf } from "./node-state.ts";
import { blameVersion, rollback } from "./rollback.ts";

/**
 * Installs the new program for the node, and keeps the old one until the new one has proven itself. Throws WnmError in two
 * cases. If the program could not be installed or the old process did not end, the node is unchanged and the version is
 * not blamed. If the new program exited at once, the old one is restored and the version is marked as bad. Throws
 * StillStopping if the new program is in place but the old process still runs; a later run then starts it.
 */
export async function upgrade(context: ExecutionContext, node: Node): Promise<void> {
  requireOwnFolder(context, node);
  const manager = context.manager(node.manager_type);
  const fresh = usableBinary(context.binary);
  // Checked before the node is stopped, so a broken program stops no node.
  const { launch, row } = await launchOf(context, node, fresh);
  const old = await keepProgram(context, node, fresh.version);
  let upgrading = keep(context, BECOMES.upgrading({ ...node, version: old.version }, context.now()));
  let process: ProcessIdentity | undefined;
  try {
    upgrading = await createNode(context, upgrading, launch);
    const prepared = upgrading;
    process = await rememberEnding(context, prepared, () => manager.upgrade(prepared, launch));
  } catch (error) {
    if (!(error instanceof WnmError) || error instanceof StillStopping) throw error;
    await rethrowUnlessProgramFailed(context, { node, upgrading, old, fresh }, error);
    await goBack(context, { ...upgrading, version: row.version }, old.version, error);
  }
  // A database that cannot be written now is not the version's fault; the next run finds the node running.
  keep(context, { ...BECOMES.started(upgrading, process), ...row });
}

type Upgrade = {
  readonly node: Node;
  readonly upgrading: Node;
  readonly old: OldProgram;
  readonly fresh: Extract<NodeBinary, { version: string }>;
};

/** Returns if the new program itself failed. Otherwise saves the node's state and rethrows the error. */
async function rethrowUnlessProgramFailed(
  context: ExecutionContext,
  { node, upgrading, old, fresh }: Upgrade,
  error: WnmError,
): Promise<void> {
  const state = await stateOf(context, upgrading);
  // The manager is unreachable: the version is not blamed, and the next run checks again.
  if (state === "unknown" || error instanceof Denied) throw error;
  const { sha256 } = context.identify(node.binary);
  const inPlace = sha256 === fresh.sha256 && sha256 !== old.sha256;
  if (inPlace && error instanceof EndedAtOnce) return;
  // A stopped node with the new program in place is left as it is; the next run starts it.
  if (state === "running" || !inPlace) {
    const put = inPlace ? { program_sha256: fresh.sha256, strange_program: undefined } : {};
    const before = { ...node, version: old.version, ...put };
    keep(context, notUpgraded(before, inPlace, state, error, context.now()));
  }
  throw error;
}

/** Returns the row of a node whose upgrade failed, though its new program is not to blame. */
function notUpgraded(
  node: Node,
  inPlace: boolean,
  state: string | undefined,
  error: WnmError,
  now: Seconds,
): Node {
  if (state !== "running") return BECOMES.failedToStart(node, error.message, now);
  // It runs the old program with the new file in place, which is an interrupted upgrade.
  return inPlace ? { ...node, previous_version: node.version } : node;
}

/** Restores the old program after the new one failed, if its version is known. Throws WnmError with both results. */
async function goBack(
  context: ExecutionContext,
  node: Node,
  to: string | undefined,
  error: WnmError,
): Promise<never> {
  if (to === undefined) {
    blameVersion(context, node, error.message);
    keep(context, BECOMES.failedToStart(node, error.message, context.now()));
    throw new WnmError(
      `${error.message}; its previous program is unknown, so it is not rolled back; ${node.version} is not tried again`,
    );
  }
  await rollback(context, node, to, error.message);
  throw new WnmError(`${error.message}; version ${to} runs again, and ${node.version} is not tried again`);
}
