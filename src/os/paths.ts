import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Paths } from "../model/host.ts";

export type Mode = "user" | "sudo";
export type Platform = "linux" | "darwin";

/** The folders of a mode, the same as Python wnm's, so that both find the same colony. Pure. */
export function pathsFor(mode: Mode, platform: Platform, home: string): Paths {
  const base = {
    linux: { user: `${home}/.local/share/autonomi`, sudo: "/var/antctl" },
    darwin: {
      user: `${home}/Library/Application Support/autonomi`,
      sudo: "/Library/Application Support/autonomi",
    },
  }[platform][mode];
  const linux = platform === "linux";
  const library = mode === "user" ? `${home}/Library` : "/Library";
  return {
    base,
    node_storage: linux && mode === "sudo" ? `${base}/services` : `${base}/node`,
    logs: linux ? (mode === "sudo" ? "/var/log/antnode" : `${base}/logs`) : `${library}/Logs/autonomi`,
    bootstrap_cache: linux ? `${base}/bootstrap-cache` : `${library}/Caches/autonomi/bootstrap-cache`,
    database: `${base}/colony.db`,
  };
}

/**
 * Chooses the colony's mode: that of `asked` (the process manager given), else the one whose database exists, else sudo
 * mode for root. `exists`: which of the two databases exist. Pure.
 */
export function chooseMode(
  asked: string | undefined,
  exists: Readonly<Record<Mode, boolean>>,
  uid: number,
): Mode {
  if (asked !== undefined) return asked.endsWith("+sudo") ? "sudo" : "user";
  if (exists.user !== exists.sudo) return exists.sudo ? "sudo" : "user";
  return uid === 0 ? "sudo" : "user";
}

/** Expands "~/x"; other paths are unchanged. */
export const expandHome = (path: string, home: string): string =>
  path === "~" ? home : path.startsWith("~/") ? `${home}${path.slice(1)}` : path;

/** The path with links resolved; the file need not exist. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPath(folder), basename(path));
  }
}

/** The paths of a colony's lock. */
export type LockPaths = {
  /** The lock file, held during a run. Next to the real database, so runs through different links share it. */
  readonly lock: string;
  /** Exists while a run is active, because Python wnm checks for it. */
  readonly marker: string;
};

export const lockPaths = (database: string): LockPaths => ({
  lock: `${dirname(realPath(database))}/.wnm-lock`,
  marker: `${dirname(database)}/wnm_active`,
});
