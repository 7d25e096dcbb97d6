import { closeSync, constants, fsyncSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Call, lockOf, settingsOf } from "./call.ts";
import { EXIT, type ExitCode, Refused, WnmError } from "./errors.ts";
import { type KeyArchive, type NodeKey, readArchive, writeArchive } from "./model/key-archive.ts";
import { type Node, nodeLabel } from "./model/node.ts";
import { elevation, NODE_ACCOUNT } from "./os/elevation.ts";
import { elevatedFiles, exists, type Files, plainFiles } from "./os/files.ts";
import { hostMark } from "./os/host-mark.ts";
import { expandHome } from "./os/paths.ts";
import { discard } from "./os/whole-file.ts";
import type { Request } from "./request.ts";
import { SOFTWARE } from "./software/register.ts";
import { verifiedStorages } from "./storages.ts";
import { openStore } from "./store/store.ts";

/** Writes or restores identities, as the call asks. */
export async function moveKeys(
  call: Call,
  request: Extract<Request, { kind: "export keys" | "import keys" }>,
): Promise<ExitCode> {
  using _lock = lockOf(call);
  using store = openStore(call.options.paths.database);
  const { config } = settingsOf(call, store.machine());
  const nodes = store.nodes();
  verifiedStorages(store, nodes, config.node_storage);
  const path = resolve(expandHome(request.path, call.world.home));
  const world = { files: nodeFiles(call), host: hostMark() };
  const exporting = request.kind === "export keys";
  const { moved, lines } = exporting
    ? await exportKeys(nodes, path, world)
    : await importKeys(nodes, path, { ...world, confirmed: request.confirmed });
  call.world.print([...lines, `${moved} ${exporting ? `written to ${path}` : "restored"}`, ""].join("\n"));
  return EXIT.done;
}

/** Files of the nodes, with the rights of the colony's mode. */
function nodeFiles({ world, options }: Call): Files {
  if (options.mode === "user") return plainFiles;
  return elevatedFiles(world.run, elevation(world.uid, NODE_ACCOUNT).asRoot, NODE_ACCOUNT);
}

/** What was done: how many identities, and a line for each node of which there is something to say. */
type Moved = { readonly moved: number; readonly lines: readonly string[] };

const keyPath = (node: Node): string => `${node.root_dir}/${SOFTWARE[node.software].key_file}`;

/** Writes every identity of the colony to a new file, mode 0600. Throws WnmError; then there is no such file. */
async function exportKeys(
  nodes: readonly Node[],
  path: string,
  world: { readonly files: Files; readonly host: string },
): Promise<Moved> {
  if (exists(path)) throw new WnmError(`${path} exists, and wnm writes over no file with keys; name another`);
  const keys: NodeKey[] = [];
  const lines: string[] = [];
  for (const node of nodes) {
    const content = await world.files.readPrivate(keyPath(node));
    if (content === undefined) {
      lines.push(`${nodeLabel(node)}: has no key file, so it is not in the archive`);
      continue;
    }
    const peer_id = SOFTWARE[node.software].peerId(content) ?? node.peer_id;
    keys.push({ id: node.id, software: node.software, peer_id, key: content.toBase64() });
  }
  writeNew(path, writeArchive({ host: world.host, nodes: keys }));
  return { moved: keys.length, lines };
}

function writeNew(path: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  let fd: number;
  try {
    fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new WnmError(`The file ${path} cannot be made: ${error instanceof Error ? error.message : error}`);
  }
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } catch (error) {
    discard(path);
    throw new WnmError(
      `The file ${path} cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  } finally {
    closeSync(fd);
  }
}

/**
 * Puts identities back for nodes of the same number and generation that have no key file; never writes over one.
 * Throws Refused for an archive of another machine, unless the operator confirms that the nodes there are gone.
 */
async function importKeys(
  nodes: readonly Node[],
  path: string,
  world: { readonly files: Files; readonly host: string; readonly confirmed: boolean },
): Promise<Moved> {
  const archive = archiveAt(path);
  if (archive.host !== world.host && !world.confirmed) {
    throw new Refused(
      `${path} was written on another machine. Two machines with one identity harm each other's nodes, so nothing was imported. Give --confirm when the nodes on the other machine are removed for good.`,
    );
  }
  const used = new Map<string, string>();
  for (const node of nodes) {
    const content = await world.files.readPrivate(keyPath(node));
    if (content !== undefined) used.set(content.toBase64(), nodeLabel(node));
  }
  const lines: string[] = [];
  let restored = 0;
  for (const entry of archive.nodes) {
    const outcome = await restore(entry, nodes, used, world.files);
    if (outcome === undefined) {
      restored++;
      used.set(entry.key, nodeLabel(entry));
    }
    lines.push(
      `${nodeLabel(entry)}: ${outcome ?? "its identity is back; it is used from the node's next start on"}`,
    );
  }
  return { moved: restored, lines };
}

/** Why the identity was not put back; undefined when it was. */
async function restore(
  entry: NodeKey,
  nodes: readonly Node[],
  used: ReadonlyMap<string, string>,
  files: Files,
): Promise<string | undefined> {
  const node = nodes.find(({ id }) => id === entry.id);
  if (node === undefined) return "there is no such node in the colony";
  if (node.software !== entry.software)
    return `it is an ${node.software} now, the key is of an ${entry.software}`;
  const owner = used.get(entry.key);
  if (owner !== undefined)
    return owner === nodeLabel(node) ? "it has this identity" : `${owner} has this identity`;
  if (node.pid !== undefined) return "it runs; stop it first";
  await files.makeFolder(node.root_dir);
  const placed = await files.placePrivate(keyPath(node), Uint8Array.fromBase64(entry.key));
  return placed ? undefined : "it has an identity of its own, which stays";
}

function archiveAt(path: string): KeyArchive {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new WnmError(`The file ${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const archive = readArchive(text);
  if (archive === undefined) throw new WnmError(`${path} is no whole archive of keys that wnm has written`);
  return archive;
}
