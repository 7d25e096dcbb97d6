import { dirname } from "node:path";
import type { Paths } from "../model/host.ts";

export type Mode = "user" | "sudo";
export type Platform = "linux" | "darwin";

/** The folders of a mode (docstring of FACTS: Python wnm's own, so that both find the same colony). Pure. */
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
 * Where the colony lives: what was asked for, else where a database is, else root's place for root.
 * `asked` is the process manager given; `exists` tells which of the two databases is there. Pure.
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

/** "~/x" below the home folder; other paths as they are. */
export const expandHome = (path: string, home: string): string =>
  path === "~" ? home : path.startsWith("~/") ? `${home}${path.slice(1)}` : path;

/** The lock lies beside the database, so that two ways to the same colony meet. */
export const lockPath = (database: string): string => `${dirname(database)}/wnm_active`;
