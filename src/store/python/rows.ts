import { basename, dirname } from "node:path";
import { MANAGER_KINDS, type ManagerKind } from "../../model/node.ts";

/** Folders of the sudo modes; every other folder is a user's. */
const SYSTEM_FOLDERS = ["/var/antctl/", "/Library/"] as const;

const modeOf = (path: string): "sudo" | "user" =>
  SYSTEM_FOLDERS.some((folder) => `${path}/`.startsWith(folder)) ? "sudo" : "user";

/**
 * The process manager that a stored name means. Older rows name only the supervisor ("systemd"), or nothing;
 * the folders then show whose rights it uses. `usual` is the colony's own, which decides for all other folders.
 */
export function managerMeant(stored: string, path: string, usual?: ManagerKind): ManagerKind {
  const exact = MANAGER_KINDS.find((known) => known === stored);
  if (exact !== undefined) return exact;
  const supervisor = stored.split("+")[0] || usual?.split("+")[0] || "systemd";
  if (modeOf(path) === "user" && usual?.startsWith(`${supervisor}+`) === true) return usual;
  return (
    MANAGER_KINDS.find((known) => known === `${supervisor}+${modeOf(path)}`) ??
    MANAGER_KINDS.find((known) => known.startsWith(`${supervisor}+`)) ??
    usual ??
    "systemd+user"
  );
}

/**
 * The log folder of a node whose row names none: Python wnm chose it by its mode and left the column empty.
 * undefined when the node's folder is not where Python wnm puts nodes.
 */
export function logFolderMeant(root_dir: string): string | undefined {
  const storage = dirname(root_dir);
  const label = basename(root_dir);
  if (storage === "/var/antctl/services") return `/var/log/antnode/${label}`;
  const library = /^(.*\/Library)\/Application Support\/autonomi\/node$/.exec(storage)?.[1];
  if (library !== undefined) return `${library}/Logs/autonomi/${label}`;
  const base = /^(.*\/\.local\/share\/autonomi)\/node$/.exec(storage)?.[1];
  return base === undefined ? undefined : `${base}/logs/${label}`;
}
