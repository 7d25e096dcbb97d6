import { accessSync, constants, lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { CannotTell, errorCode } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";

/**
 * It is unknown whether something is there, for the system's reason in `unknown`. Never a reason to delete, forget or
 * create anything. `denied`: this account lacks permission.
 */
export type Unknown = { readonly unknown: string; readonly denied: boolean };

/** Whether a path exists. Only ENOENT and ENOTDIR mean absence; with any other error it is unknown. */
export type Presence = "present" | "absent" | Unknown;

/** What was read from a path, "absent", or unknown. */
export type Found<T> = { readonly found: T } | "absent" | Unknown;

/** The kind of file at a path, without following links. */
export type Kind = "folder" | "file" | "link" | "other";

/** True when it is unknown what is there. */
export const isUnknown = <T>(answer: T | Unknown): answer is Unknown =>
  typeof answer === "object" && answer !== null && "unknown" in answer;

/** Whether something exists at the path, including a broken link. Never throws. */
export function presenceOf(path: string): Presence {
  const looked = statAt(path);
  return typeof looked === "object" && "found" in looked ? "present" : looked;
}

/** lstat(2) of the path. Never throws. */
export function statAt(path: string): Found<Stats> {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found === undefined ? "absent" : { found };
  } catch (error) {
    return absentOr(error);
  }
}

/** stat(2) of the path, following links. Never throws. */
export function statBehind(path: string): Found<Stats> {
  try {
    return { found: statSync(path) };
  } catch (error) {
    return absentOr(error);
  }
}

/** Interprets a system error: "absent" or unknown. */
export function absentOr(error: unknown): "absent" | Unknown {
  const code = errorCode(error);
  if (code !== undefined && ABSENCE.has(code)) return "absent";
  const words = code === undefined ? undefined : WORDS[code];
  const plain = messageOf(error);
  return {
    unknown: words === undefined ? plain : `${code}: ${words}`,
    denied: code === "EACCES" || code === "EPERM",
  };
}

/** The only two errors that prove absence; stat(2). */
const ABSENCE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

/** Clearer messages for some of the system's error codes. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EIO: "the disk reports an error",
  ENOTCONN: "its file system has gone away",
  ESTALE: "the network share has gone away",
  ETIMEDOUT: "the network share does not respond",
  EUCLEAN: "its file system is damaged",
};

/** True when something is there, false when nothing is. Throws CannotTell when that is unknown. */
export function isThere(path: string): boolean {
  const presence = presenceOf(path);
  if (isUnknown(presence)) throw new CannotTell(path, presence.unknown);
  return presence === "present";
}

/** Returns undefined when the error says that nothing is there. Throws CannotTell for every other error. */
export function absentElseThrow(error: unknown, path: string): undefined {
  const found = absentOr(error);
  if (isUnknown(found)) throw new CannotTell(path, found.unknown);
}

/** The kind of file at the path; undefined when absent. Throws CannotTell when that is unknown. */
export function kindAt(path: string): Kind | undefined {
  const looked = statAt(path);
  if (looked === "absent") return undefined;
  if ("unknown" in looked) throw new CannotTell(path, looked.unknown);
  const { found } = looked;
  if (found.isDirectory()) return "folder";
  if (found.isFile()) return "file";
  return found.isSymbolicLink() ? "link" : "other";
}

/** True for a folder, not for a link to one. Throws CannotTell when that is unknown. */
export const isFolder = (path: string): boolean => kindAt(path) === "folder";

/** True when the file system of the path is read-only, regardless of permissions; access(2). */
export function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return errorCode(error) === "EROFS";
  }
}

/** The uid of a file's owner; undefined when the file is absent. Throws CannotTell when that is unknown. */
export function ownerOfFile(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch (error) {
    return absentElseThrow(error, path);
  }
}

/** Sorted names in a folder. Never throws. */
export function namesAt(folder: string): Found<readonly string[]> {
  try {
    return { found: readdirSync(folder).toSorted() };
  } catch (error) {
    return absentOr(error);
  }
}

/** Sorted names in a folder; none when it is absent. Throws CannotTell when that is unknown. */
export function namesIn(folder: string): readonly string[] {
  const names = namesAt(folder);
  if (names === "absent") return [];
  if (isUnknown(names)) throw new CannotTell(folder, names.unknown);
  return names.found;
}
