import { realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Node } from "../model/node.ts";
import type { NodeFolder } from "../model/observation.ts";
import { mountPoints } from "../os/files/mount-points.ts";
import { isUnknown, presenceOf, statAt, statBehind } from "../os/files/presence.ts";
import { SOFTWARE } from "../software/generations.ts";

/** Examines a node's folder. Caches what it finds per storage, so use it for one observation only. */
export type FolderLook = (node: FolderOwner) => NodeFolder;

/** The stored facts about a node that identify its folder. */
export type FolderOwner = Pick<Node, "root_dir" | "software" | "own_disk" | "has_key" | "peer_id">;

type Storage = { readonly device: number | undefined; readonly real_path: string };

/** Examines folders. What an unmounted or failing disk or share shows is no proof that a folder is gone. Never throws. */
export function folderLook(): FolderLook {
  const storages = new Map<string, Storage>();
  let mounted: ReadonlySet<string> | undefined;
  const storageOf = (path: string): Storage => {
    const known = storages.get(path);
    if (known !== undefined) return known;
    const looked = statBehind(path);
    const found = typeof looked === "object" && "found" in looked ? looked.found.dev : undefined;
    const storage = { device: found, real_path: realPathOf(path) };
    storages.set(path, storage);
    return storage;
  };
  return (node) => {
    const { root_dir } = node;
    const looked = statAt(root_dir);
    if (isUnknown(looked)) return unknown(`its folder ${root_dir} cannot be accessed (${looked.unknown})`);
    const storage = storageOf(dirname(root_dir));
    if (looked === "absent") return missing(node, storage);
    // A link cannot be the node's folder, because nothing is started, written or deleted through one.
    if (looked.found.isSymbolicLink())
      return unknown(
        `its folder ${root_dir} is a link, and wnm follows none: put the folder itself in its place, or mount it there`,
      );
    if (!looked.found.isDirectory()) return unknown(`${root_dir} is not a folder`);
    mounted ??= mountPoints() ?? new Set();
    const own_disk =
      looked.found.dev !== storage.device || mounted.has(`${storage.real_path}/${basename(root_dir)}`);
    if (node.own_disk === true && !own_disk) return unknown(notMounted(root_dir));
    return withKey(node, { own_disk, owner: looked.found.uid });
  };
}

const unknown = (because: string): NodeFolder => ({ is: "unknown", because });

const notMounted = (root_dir: string): string =>
  `its folder ${root_dir} was a disk of its own and is not now`;

function missing({ root_dir, own_disk }: FolderOwner, { device }: Storage): NodeFolder {
  if (own_disk === true) return unknown(notMounted(root_dir));
  return device === undefined
    ? unknown(`its folder ${root_dir} is not there, and ${dirname(root_dir)} cannot be accessed`)
    : { is: "gone" };
}

function withKey(
  node: FolderOwner,
  { own_disk, owner }: { readonly own_disk: boolean; readonly owner: number },
): NodeFolder {
  const { key_file } = SOFTWARE[node.software];
  const presence = presenceOf(`${node.root_dir}/${key_file}`);
  if (presence === "present") return { is: "there", own_disk, has_key: true };
  // A folder that only the node's account may enter hides its key from this account.
  const uid = process.getuid?.();
  if (isUnknown(presence))
    return presence.denied && uid !== 0 && uid !== owner
      ? { is: "there", own_disk, has_key: undefined }
      : unknown(`its key in ${node.root_dir} cannot be accessed (${presence.unknown})`);
  return node.has_key || node.peer_id !== undefined
    ? unknown(`its folder ${node.root_dir} no longer holds ${key_file}`)
    : { is: "there", own_disk, has_key: false };
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
