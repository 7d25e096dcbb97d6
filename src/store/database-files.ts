import { accessSync, chmodSync, chownSync, constants } from "node:fs";
import { dirname } from "node:path";
import { EXIT, NotInitialised, Refused, WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { isThere, isUnknown, namesAt, statAt, statBehind } from "../os/files/presence.ts";
import { PUT_BACK } from "./sqlite-errors.ts";

/** Suffixes of the files that SQLite keeps beside a database. */
export const BESIDE = ["-wal", "-shm", "-journal"] as const;

export type Beside = { readonly name: string; readonly mode: number; readonly uid: number };

/**
 * Throws NotInitialised when there is no database, and WnmError unless the database and what SQLite keeps beside it are
 * files: a pipe would block the reader for ever, and a planted link leads to a file that is not the colony's. Returns the
 * files beside it.
 */
export function refuseUnlikeFiles(path: string): readonly Beside[] {
  const refuse = (name: string, what: string, advice = PUT_BACK) =>
    new WnmError(`${name} ${what}. Nothing was changed. ${advice}`, EXIT.refused);
  const behind = statBehind(path);
  if (isUnknown(behind)) throw refuse(path, `cannot be looked at (${behind.unknown})`);
  if (behind === "absent") {
    if (isThere(path))
      throw refuse(path, "is a link to something that is not there", `Mount its disk. ${PUT_BACK}`);
    throw new NotInitialised(path, nodesRemain(dirname(path)));
  }
  if (!behind.found.isFile()) throw refuse(path, "is no file");
  // SQLite takes an empty file for a new database, and deletes the log beside it.
  if (behind.found.size === 0)
    throw new WnmError(
      `${path} is not a database of wnm: it is empty. Nothing was changed. ${PUT_BACK}. Without nodes, plain --init replaces it`,
    );
  return BESIDE.flatMap((suffix) => {
    const name = path + suffix;
    const beside = statAt(name);
    if (isUnknown(beside)) throw refuse(name, `cannot be looked at (${beside.unknown})`);
    if (beside === "absent") return [];
    if (!beside.found.isFile()) throw refuse(name, "is no plain file", "Move it away.");
    return [{ name, mode: beside.found.mode, uid: beside.found.uid }];
  });
}

/** Throws WnmError when this account may not write the database: SQLite would leave read-only files beside it. */
export function refuseReadOnly(path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw new WnmError(
      `The database ${path} is read-only for this account (${messageOf(error)}), so nothing was done; make it writable`,
    );
  }
}

/** The owner's right to read and write. */
export const OWNERS_OWN = 0o600;

/** Makes the files writable for their owner: SQLite gave them the mode that the database had at that moment. */
export function mendBeside(files: readonly Beside[]): void {
  for (const { name, mode, uid } of files)
    if ((mode & OWNERS_OWN) !== OWNERS_OWN && uid === process.getuid?.()) chmodSync(name, OWNERS_OWN);
}

/** Lets the accounts that may read the database read its log, and no other, as far as this account may say so. */
export function shareBeside(path: string, mode: number, gid: number): void {
  const log = `${path}-wal`;
  const beside = statAt(log);
  if (beside === "absent" || isUnknown(beside)) return;
  try {
    if (beside.found.gid !== gid) chownSync(log, -1, gid);
    if ((beside.found.mode & 0o777) !== mode) chmodSync(log, mode);
  } catch {
    // An account can give files only to its own groups. A report that may not read the log says so.
  }
}

/** Throws Refused for a database with a second name: runs through two names would each miss the other's log. */
export function refuseSecondName(path: string): void {
  const behind = statBehind(path);
  const nlink = behind === "absent" || isUnknown(behind) ? 1 : behind.found.nlink;
  if (nlink > 1)
    throw new Refused(
      `${path} has ${nlink} names (hard links), and wnm cannot tell whether another wnm works on the same nodes through another of them. Nothing was changed. find / -xdev -samefile ${path} lists the names; delete all but this one (a backup has to be a copy of its own: cp)`,
    );
}

/** True for a base folder that holds nodes, so its database has been lost. */
export function nodesRemain(base: string): boolean {
  return ["node", "services"].some((storage) => {
    const names = namesAt(`${base}/${storage}`);
    if (names === "absent") return false;
    // A folder that cannot be listed may hold some; advice to make a new colony would be wrong.
    return isUnknown(names) || names.found.some((name) => /^antnode\d+$/.test(name));
  });
}
