import { accessSync, constants, lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { CannotTell, errorCode } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";

/** Nobody knows if it is there: never a reason to delete, forget or make it. `denied`: this account may not look. */
export type Unknown = { readonly unknown: string; readonly denied: boolean };

/** What a look at a path found. Only ENOENT and ENOTDIR are absence; every other error leaves it unknown. */
export type Presence = "present" | "absent" | Unknown;

/** What was read from a path, that nothing is there, or that this is unknown. */
export type Found<T> = { readonly found: T } | "absent" | Unknown;

/** What is at a path; a link is a link, wherever it leads. */
export type Kind = "folder" | "file" | "link" | "other";

/** True when it is unknown what is there. */
export const isUnknown = <T>(answer: T | Unknown): answer is Unknown =>
  typeof answer === "object" && answer !== null && "unknown" in answer;

/** Looks whether something is there; a broken link is. Throws nothing. */
export function presenceOf(path: string): Presence {
  const looked = statAt(path);
  return typeof looked === "object" && "found" in looked ? "present" : looked;
}

/** What is there, without following a link. Throws nothing. */
export function statAt(path: string): Found<Stats> {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found === undefined ? "absent" : { found };
  } catch (error) {
    return absentOr(error);
  }
}

/** What the path leads to, with every link followed. Never throws. */
export function statBehind(path: string): Found<Stats> {
  try {
    return { found: statSync(path) };
  } catch (error) {
    return absentOr(error);
  }
}

/** What an error of the system says of the path that was looked at: absence, or nothing. */
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

/** The only two errors that say that nothing is there; stat(2). */
const ABSENCE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

/** What the system's error codes mean to an operator, where its own words say less. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: "this account may not look there",
  EPERM: "this account may not look there",
  EIO: "the disk reports an error",
  ENOTCONN: "its file system has gone away",
  ESTALE: "the network share has gone away",
  ETIMEDOUT: "the network share does not answer",
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

/** What is there; undefined for nothing. Throws CannotTell when that is unknown. */
export function kindAt(path: string): Kind | undefined {
  const looked = statAt(path);
  if (looked === "absent") return undefined;
  if ("unknown" in looked) throw new CannotTell(path, looked.unknown);
  const { found } = looked;
  if (found.isDirectory()) return "folder";
  if (found.isFile()) return "file";
  return found.isSymbolicLink() ? "link" : "other";
}

/** True for a folder itself, false for anything else and for nothing. Throws CannotTell when that is unknown. */
export const isFolder = (path: string): boolean => kindAt(path) === "folder";

/** True when the file system of the path cannot be written at all, whatever this account may do; access(2). */
export function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return errorCode(error) === "EROFS";
  }
}

/** The account that a file belongs to; undefined when nothing is there. Throws CannotTell when that is unknown. */
export function ownerOfFile(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch (error) {
    return absentElseThrow(error, path);
  }
}

/** Names in a folder, in order. Throws nothing. */
export function namesAt(folder: string): Found<readonly string[]> {
  try {
    return { found: readdirSync(folder).toSorted() };
  } catch (error) {
    return absentOr(error);
  }
}

/** Names in a folder, in order; none when there is no such folder. Throws CannotTell when that is unknown. */
export function namesIn(folder: string): readonly string[] {
  const names = namesAt(folder);
  if (names === "absent") return [];
  if (isUnknown(names)) throw new CannotTell(folder, names.unknown);
  return names.found;
}
