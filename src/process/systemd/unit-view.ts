import { dirname } from "node:path";
import type { Node } from "../../model/node.ts";
import type { Launch } from "../contract/manager.ts";

/** The part of the disk that a node sees apart from the system's programs and settings. */
export type UnitView = {
  /** Folders that appear empty except for the paths below: the operator's home, other nodes. */
  readonly hidden: readonly string[];
  readonly readable: readonly string[];
  readonly writable: readonly string[];
};

/** System folders, which nodes need; ProtectHome= and ProtectSystem= protect their contents. */
const SYSTEM: ReadonlySet<string> = new Set([
  ...["/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc"],
  ...["/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var", "/var/lib", "/var/log", "/var/tmp"],
]);

/** Already hidden by ProtectHome=tmpfs. */
const HOMES: readonly string[] = ["/home", "/root", "/run/user"];

const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);

/**
 * A node sees its own folders, folders shared by all nodes, and paths on its command line; their surroundings and the home
 * of the account that runs wnm are hidden. `is_others`: the node's account differs from its systemd's, which would create
 * the parents of a visible path with the node's umask, so each parent becomes its own mount that the node can traverse.
 * Pure.
 */
export function viewOf(
  { root_dir, log_dir, binary }: Node,
  { args, shared = [] }: Launch,
  { home, is_others }: { readonly home: string; readonly is_others: boolean },
): UnitView {
  const own = [...new Set([root_dir, ...(log_dir === undefined ? [] : [log_dir]), ...shared])];
  const writable = own.filter((path) => !own.some((other) => isBelow(path, other)));
  const named = args.map((word) => word.replace(/^--[\w-]+=/, "")).filter((word) => word.startsWith("/"));
  const readable = [...new Set([binary, ...named])].filter(
    (path) => !own.includes(path) && !own.some((folder) => isBelow(path, folder)),
  );
  const around = [...writable.map((path) => dirname(path)), home].filter((folder) => !SYSTEM.has(folder));
  const tops = [...new Set(around)].filter(
    (folder) => ![...around, ...HOMES].some((top) => isBelow(folder, top)),
  );
  const passed = is_others
    ? [...writable, ...readable].flatMap((path) =>
        ancestors(path).filter((above) => [...tops, ...HOMES].some((top) => isBelow(above, top))),
      )
    : [];
  return {
    hidden: [...new Set([...tops.filter((top) => !HOMES.includes(top)), ...passed])].toSorted(),
    readable,
    writable,
  };
}

/** All parent folders of a path, excluding the root. */
function ancestors(path: string): readonly string[] {
  const above = dirname(path);
  return above === "/" || above === "." ? [] : [...ancestors(above), above];
}
