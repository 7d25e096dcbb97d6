import { accessSync, chmodSync, chownSync, constants } from "node:fs";
import { dirname } from "node:path";
import { EXIT, NotInitialised, Refused, WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { isThere, isUnknown, namesAt, statAt, statBehind } from "../os/files/presence.ts";
import { PUT_BACK } from "./sqlite-errors.ts";

/** Suffixes of SQLite's auxiliary files. */
export const BESIDE = ["-wal", "-shm", "-journal"] as const;

export type Beside = { readonly name: string; readonly mode: number; readonly uid: number };

/**
 * Throws NotInitialised when there is no database, and WnmError unless it and SQLite's auxiliary files are regular files: a
 * pipe would block the reader forever, and a planted link may lead to somebody else's file. Returns the auxiliary files.
 */
export function refuseUnlikeFiles(path: string): readonly Beside[] {
  const refuse = (name: string, what: string, advice = PUT_BACK) =>
    new WnmError(`${name} ${what}. Nothing was changed. ${advice}`, EXIT.refused);
  const behind = statBehind(path);
  if (isUnknown(behind)) throw refuse(path, `cannot be accessed (${behind.unknown})`);
  if (behind === "absent") {
    if (isThere(path))
      throw refuse(path, "is a link to something that is not there", `Mount its disk. ${PUT_BACK}`);
    throw new NotInitialised(path, nodesRemain(dirname(path)));
  }
  if (!behind.found.isFile()) throw refuse(path, "is not a file");
  // SQLite takes an empty file for a new database and deletes its log.
  if (behind.found.size === 0)
    throw new WnmError(
      `${path} is not a database of wnm: it is empty. Nothing was changed. ${PUT_BACK}. Without nodes, plain --init replaces it`,
    );
  return BESIDE.flatMap((suffix) => {
    const name = path + suffix;
    const beside = statAt(name);
    if (isUnknown(beside)) throw refuse(name, `cannot be accessed (${beside.unknown})`);
    if (beside === "absent") return [];
    if (!beside.found.isFile()) throw refuse(name, "is not a regular file", "Move it away.");
    return [{ name, mode: beside.found.mode, uid: beside.found.uid }];
  });
}

/** Throws WnmError when this account may not write the database, since SQLite would leave read-only auxiliary files. */
export function refuseReadOnly(path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw new WnmError(
      `The database ${path} is read-only for this account (${messageOf(error)}), so nothing was done; make it writable`,
    );
  }
}

/** Read and write permission for the owner. */
export const OWNERS_OWN = 0o600;

/** Makes the auxiliary files writable for their owner, because SQLite copied the database's mode at that time. */
export function makeBesideWritable(files: readonly Beside[]): void {
  for (const { name, mode, uid } of files)
    if ((mode & OWNERS_OWN) !== OWNERS_OWN && uid === process.getuid?.()) chmodSync(name, OWNERS_OWN);
}

/** Gives the log the same readers as the database, as far as this account is permitted to. */
export function shareBeside(path: string, mode: number, gid: number): void {
  const log = `${path}-wal`;
  const beside = statAt(log);
  if (beside === "absent" || isUnknown(beside)) return;
  try {
    if (beside.found.gid !== gid) chownSync(log, -1, gid);
    if ((beside.found.mode & 0o777) !== mode) chmodSync(log, mode);
  } catch {
    // An account can assign files only to its own groups. A report that may not read the log says so.
  }
}

/**
 * Throws Refused for a database with a second hard link: its log is named after the path used, so runs through two names
 * would miss each other's writes.
 */
export function refuseSecondName(path: string): void {
  const behind = statBehind(path);
  const nlink = behind === "absent" || isUnknown(behind) ? 1 : behind.found.nlink;
  if (nlink > 1)
    throw new Refused(
      `${path} has ${nlink} names (hard links), and wnm cannot tell whether another wnm works on the same nodes through another of them. Nothing was changed. find / -xdev -samefile ${path} lists the names; delete all but this one (a backup has to be a copy of its own: cp)`,
    );
}

/** True for a base folder that contains nodes, so its database has been lost. */
export function nodesRemain(base: string): boolean {
  return ["node", "services"].some((storage) => {
    const names = namesAt(`${base}/${storage}`);
    if (names === "absent") return false;
    // An unreadable folder may contain some, and advice to create a new colony would be wrong.
    return isUnknown(names) || names.found.some((name) => /^antnode\d+$/.test(name));
  });
}
