import { EXIT, type ExitCode, Refused, WnmError } from "../base/errors.ts";
import { type KeyArchive, type NodeKey, readArchive } from "../model/key-archive.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { folderLook } from "../observe/node-folder.ts";
import { readNamedFile } from "../os/files/named-file.ts";
import type { Files } from "../os/files/node-files.ts";
import { hostMark } from "../os/host-mark.ts";
import type { Context } from "./context.ts";
import { archivePath, keyPath, withKeyFiles } from "./key-files.ts";
import type { RequestOf } from "./request.ts";

/**
 * Restores identity keys from an archive for nodes that have lost theirs. Throws Refused for an archive from another
 * machine, unless the operator confirms that the nodes there are gone: two nodes must never share an identity.
 */
export async function importKeys(
  context: Context,
  { path, confirmed }: RequestOf<"import_keys">,
): Promise<ExitCode> {
  const from = archivePath(path, context);
  // Before the lock, because the archive may be a slow pipe.
  const archive = await archiveAt(from);
  const { restored, lines } = await withKeyFiles(context, (nodes, files) => {
    if (archive.host !== hostMark() && !confirmed)
      throw new Refused(
        `${from} was written on another machine. Two machines with one identity harm each other's nodes, so nothing was imported. Give --confirm when the nodes on the other machine are removed for good.`,
      );
    return restoreKeys(nodes, archive, files);
  });
  context.world.print([...lines, `${restored} restored`, ""].join("\n"));
  return EXIT.done;
}

/** Restores keys of nodes with the same number and generation that have no key file. Never overwrites a key. */
async function restoreKeys(
  nodes: readonly Node[],
  archive: KeyArchive,
  files: Files,
): Promise<{ readonly restored: number; readonly lines: readonly string[] }> {
  const used = new Map<string, string>();
  for (const node of nodes) {
    const content = await files.readPrivate(keyPath(node));
    if (content !== undefined) used.set(content.toBase64(), nodeLabel(node));
  }
  const lines: string[] = [];
  let restored = 0;
  for (const entry of archive.nodes) {
    const outcome = await restore(entry, nodes, used, files);
    if (outcome === undefined) {
      restored++;
      used.set(entry.key, nodeLabel(entry));
    }
    lines.push(
      `${nodeLabel(entry)}: ${outcome ?? "its identity is restored; the node uses it from its next start"}`,
    );
  }
  return { restored, lines };
}

/** Why the key was not restored; undefined on success. */
async function restore(
  entry: NodeKey,
  nodes: readonly Node[],
  used: ReadonlyMap<string, string>,
  files: Files,
): Promise<string | undefined> {
  const node = nodes.find(({ id }) => id === entry.id);
  if (node === undefined) return "there is no such node in the colony";
  if (node.software !== entry.software)
    return `it is an ${node.software} now; the key is for an ${entry.software}`;
  const owner = used.get(entry.key);
  if (owner === nodeLabel(node)) {
    // A killed import may have left a second hard link to the file.
    await files.closePrivate(keyPath(node));
    return "it already has this identity";
  }
  if (owner !== undefined) return `${owner} has this identity`;
  if (node.pid !== undefined) return "it runs; stop it first";
  // Without has_key, the folder check accepts a folder whose key is missing.
  const folder = folderLook()({ ...node, has_key: false, peer_id: undefined });
  if (folder.is === "unknown") return folder.because;
  await files.makeFolder(node.root_dir, "one node's");
  const placed = await files.placePrivate(keyPath(node), Uint8Array.fromBase64(entry.key));
  return placed ? undefined : "it has an identity of its own, which stays";
}

/** Long enough for a program on the other end of a pipe to ask for a passphrase. */
const PATIENCE = { silent_ms: 60_000, total_ms: 120_000 } as const;

async function archiveAt(path: string): Promise<KeyArchive> {
  const archive = readArchive((await readNamedFile(path, "archive", PATIENCE)).toString("utf8"));
  if (archive === undefined) throw new WnmError(`${path} is not a complete key archive written by wnm`);
  return archive;
}
