import { WnmError } from "../base/errors.ts";
import { isBetweenVersions } from "../decide/probation.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { compareVersions } from "../model/version.ts";
import { plainFiles } from "../os/files/node-files.ts";
import { removeFilesExcept } from "../os/files/own-text-file.ts";
import { isThere } from "../os/files/presence.ts";
import { copyProgram } from "../os/files/program-file.ts";
import { SOFTWARE } from "../software/generations.ts";
import type { ExecutionContext } from "./context.ts";
import { type LaunchProgram, likelyFlags } from "./launch.ts";

/** A node's program before its upgrade. */
export type OldProgram = { readonly version: string | undefined; readonly sha256: string | undefined };

/**
 * Keeps a copy of the node's program for a rollback, and describes it. Throws WnmError when its version is newer than
 * `to`, because the node may have upgraded itself since the last survey.
 */
export async function keepProgram(context: ExecutionContext, node: Node, to: string): Promise<OldProgram> {
  const { sha256, record } = context.identify(node.binary);
  // After an interrupted upgrade the file may be the new program; the old one has already been kept.
  if (
    node.version !== undefined &&
    isBetweenVersions(node) &&
    keptProgram(context, node, node.version) !== undefined
  )
    return { version: node.version, sha256: undefined };
  const version = record?.version ?? node.version;
  if (compareVersions(version, to) === "newer")
    throw new WnmError(`${nodeLabel(node)} already has version ${version}, which is newer than ${to}`);
  if (version === undefined || sha256 === undefined) return { version: undefined, sha256 };
  if (keptProgram(context, node, version) === undefined) {
    const path = record === undefined ? ownPath(context, node, version) : sharedPath(context, node, version);
    await plainFiles.makeFolder(programFolder(context), "wnm's");
    copyProgram(node.binary, path, record?.sha256);
    removeUnneeded(context, node, version);
  }
  return { version, sha256 };
}

/** A copy of a node program kept for rollbacks. */
export type KeptProgram = LaunchProgram;

/**
 * The kept program of that version: a copy of the operator's, identified by its content, else a copy of this node's own.
 * The latter is untrusted: it is used for no other node and runs only as the node's account.
 */
export function keptProgram(context: ExecutionContext, node: Node, version: string): KeptProgram | undefined {
  const shared = context.keptProgram(sharedPath(context, node, version));
  if (shared.version === version && shared.software === node.software) return shared;
  const path = ownPath(context, node, version);
  if (!isThere(path)) return undefined;
  const { software } = node;
  const { sha256 } = context.identify(path);
  return { path, runnable: undefined, software, version, flags: likelyFlags(context, software), sha256 };
}

/** Removes kept programs that no node can roll back to any more. */
function removeUnneeded(context: ExecutionContext, node: Node, version: string): void {
  const prefix = `${SOFTWARE[node.software].program}-`;
  const others = [...context.nodes.values()].filter(({ software }) => software === node.software);
  const needed = [{ id: node.id, previous_version: version }, ...others].flatMap(
    ({ id, previous_version }) =>
      previous_version === undefined
        ? []
        : [`${prefix}${previous_version}`, `${prefix}${previous_version}-${nodeLabel({ id })}`],
  );
  removeFilesExcept(programFolder(context), prefix, new Set(needed));
}

const programFolder = (context: ExecutionContext): string => `${context.paths.base}/programs`;

/** The path of the kept copy of the operator's program. Slashes are replaced, or a version could lead out of the folder. */
export const sharedPath = (context: ExecutionContext, node: Node, version: string): string =>
  `${programFolder(context)}/${SOFTWARE[node.software].program}-${version.replaceAll("/", "_")}`;

const ownPath = (context: ExecutionContext, node: Node, version: string): string =>
  `${sharedPath(context, node, version)}-${nodeLabel(node)}`;
