import { closeSync, constants, fsyncSync, openSync, writeFileSync } from "node:fs";
import { EXIT, type ExitCode, failureOf, WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { type NodeKey, writeArchive } from "../model/key-archive.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import type { Files } from "../os/files/node-files.ts";
import { MOST_BYTES } from "../os/files/open-regular.ts";
import { isThere } from "../os/files/presence.ts";
import { discard } from "../os/files/write-whole.ts";
import { hostMark } from "../os/host-mark.ts";
import { SOFTWARE } from "../software/generations.ts";
import type { Context } from "./context.ts";
import { archivePath, keyPath, withKeyFiles } from "./key-files.ts";
import type { RequestOf } from "./request.ts";

/** Writes the nodes' identity keys to a new archive. */
export async function exportKeys(context: Context, request: RequestOf<"export_keys">): Promise<ExitCode> {
  const path = archivePath(request.path, context);
  const { written, lines, unread } = await withKeyFiles(context, (nodes, files) =>
    archiveKeys(nodes, path, files),
  );
  context.world.print([...lines, `${written} written to ${path}`, ""].join("\n"));
  return unread === 0 ? EXIT.done : EXIT.actions_failed;
}

/** How many keys were written, how many could not be read, and a line for each node left out. */
type Exported = { readonly written: number; readonly unread: number; readonly lines: readonly string[] };

/**
 * Writes every readable key to a new file, mode 0600; an unreadable key does not prevent the others from being saved.
 * Throws WnmError, in which case no file is left.
 */
async function archiveKeys(nodes: readonly Node[], path: string, files: Files): Promise<Exported> {
  if (isThere(path))
    throw new WnmError(`${path} exists, and wnm never overwrites a file with keys; name another`);
  const keys: NodeKey[] = [];
  let unread = 0;
  const lines: string[] = [];
  for (const node of nodes) {
    const content = await failureOf(() => files.readPrivate(keyPath(node)));
    if (content instanceof WnmError) {
      lines.push(`${nodeLabel(node)}: its key is not in the archive: ${content.message}`);
      unread++;
      continue;
    }
    if (content === undefined) {
      lines.push(`${nodeLabel(node)}: has no key file, so it is not in the archive`);
      continue;
    }
    const peer_id = SOFTWARE[node.software].peerId(content) ?? node.peer_id;
    keys.push({ id: node.id, software: node.software, peer_id, key: content.toBase64() });
  }
  const text = writeArchive({ host: hostMark(), nodes: keys });
  if (text.length > MOST_BYTES.archive)
    throw new WnmError(
      `The keys of ${keys.length} nodes are more than --import_keys reads back (${MOST_BYTES.archive} bytes), so ${path} was not created; copy the nodes' key files themselves`,
    );
  writeNew(path, text);
  return { written: keys.length, unread, lines };
}

function writeNew(path: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  let fd: number;
  try {
    fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new WnmError(`The file ${path} cannot be created: ${messageOf(error)}`);
  }
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } catch (error) {
    discard(path);
    throw new WnmError(`The file ${path} cannot be written: ${messageOf(error)}`);
  } finally {
    closeSync(fd);
  }
}
