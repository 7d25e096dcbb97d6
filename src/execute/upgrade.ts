import { BECOMES, isBetweenVersions } from "../decide/lifecycle.ts";
import { NoRights, WnmError } from "../errors.ts";
import { type Node, nodeLabel, type ProcessIdentity } from "../model/node.ts";
import { exists, plainFiles, removeFilesExcept } from "../os/files.ts";
import type { Launch } from "../process/manager.ts";
import { SOFTWARE } from "../software/register.ts";
import { create } from "./create.ts";
import { launchOf, usableBinary } from "./launch.ts";
import { keep, type Tools } from "./tools.ts";

/**
 * Gives the node the new program, and keeps the old one until the new has proven itself. When the new one cannot be put
 * in place, nothing has changed; when it does not even start, the old one runs again at once and its version is
 * remembered as bad. Both are told.
 */
export async function upgrade(tools: Tools, node: Node): Promise<void> {
  const manager = tools.manager(node.manager_type);
  // Asked before the node is stopped: a program that does not work costs no node its process.
  const { launch, row } = await launchOf(tools, node, true);
  const old = await keepProgram(tools, node, row.version);
  let upgrading = keep(tools, BECOMES.upgrading({ ...node, version: old }, tools.now()));
  let process: ProcessIdentity | undefined;
  try {
    upgrading = await create(tools, upgrading, launch);
    process = await manager.upgrade(upgrading, launch);
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    // What runs the nodes is itself out of reach: that says nothing of the version, and the next run looks again.
    const state = (await manager.inspect([upgrading])).get(node.id)?.state;
    if (state === "unknown" || error instanceof NoRights) throw error;
    // Nor does a program that could not be put in place, on a full disk say: the node runs on as it was.
    if (state === "running" && (await tools.describe(node.binary)).version === old) {
      keep(tools, { ...node, version: old });
      throw error;
    }
    await rollback(tools, { ...upgrading, version: row.version }, old, error.message);
    throw new WnmError(
      `${error.message}; version ${old} runs again, and ${row.version} is not tried any more`,
    );
  }
  // A database that cannot be written now says nothing of the version either: the next run finds it running.
  keep(tools, { ...BECOMES.started(upgrading, process), ...row });
}

/** Puts the old program back, starts it, and remembers the version that failed. */
export async function rollback(tools: Tools, node: Node, to: string, because: string): Promise<void> {
  const manager = tools.manager(node.manager_type);
  const program = programPath(tools, node, to);
  if (!exists(program)) {
    // Nothing to go back to: from here on it is a node that crashes, and holds up no other.
    keep(tools, { ...node, previous_version: undefined });
    throw new WnmError(`The program of version ${to} is not kept at ${program}; upgrade the node by hand`);
  }
  // After an upgrade that was cut short the version that failed is unknown; it is not the one to go back to.
  if (node.version !== undefined && node.version !== to) {
    tools.store.save({ bad_version: { version: node.version, because, since: tools.now() } });
  }
  const back = keep(tools, { ...BECOMES.rollingBack(node, tools.now()), problem: because });
  let process: ProcessIdentity | undefined;
  try {
    const { launch } = await launchOf(
      { ...tools, binary: usableBinary(await tools.describe(program)) },
      back,
      true,
    );
    process = await manager.upgrade(back, launch satisfies Launch);
  } catch (error) {
    if (error instanceof WnmError) {
      const failed = BECOMES.failedToStart(back, error.message, tools.now());
      // Once it has its old program it is tried as often as any node that crashes, and holds up no other.
      const is_back = (await tools.describe(node.binary)).version === to;
      keep(tools, is_back ? { ...failed, version: to, previous_version: undefined } : failed);
    }
    throw error;
  }
  keep(tools, { ...BECOMES.started(back, process), version: to, previous_version: undefined });
}

/**
 * Keeps one copy of the node's program for its version, and tells the version. Throws WnmError when that is newer than
 * `to`: a node may have upgraded itself since it was last looked at.
 */
async function keepProgram(tools: Tools, node: Node, to: string): Promise<string> {
  // After an upgrade that was cut short, what lies in its folder may be the new program, and its own is kept already.
  if (node.version !== undefined && isBetweenVersions(node) && exists(programPath(tools, node, node.version)))
    return node.version;
  const { version } = usableBinary(await tools.describe(node.binary));
  if (Bun.semver.order(version, to) > 0)
    throw new WnmError(`${nodeLabel(node)} has version ${version} already, which is newer than ${to}`);
  const path = programPath(tools, node, version);
  if (!exists(path)) {
    await plainFiles.makeFolder(programFolder(tools));
    await plainFiles.installProgram(node.binary, path);
    const others = [...tools.nodes.values()].filter(({ software }) => software === node.software);
    const needed = [version, ...others.flatMap(({ previous_version }) => previous_version ?? [])];
    const prefix = `${SOFTWARE[node.software].program}-`;
    removeFilesExcept(programFolder(tools), prefix, new Set(needed.map((kept) => `${prefix}${kept}`)));
  }
  return version;
}

const programFolder = (tools: Tools): string => `${tools.paths.base}/programs`;
const programPath = (tools: Tools, node: Node, version: string): string =>
  `${programFolder(tools)}/${SOFTWARE[node.software].program}-${version}`;
