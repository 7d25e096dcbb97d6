import { lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { EXIT, NotInitialised, WnmError } from "../errors.ts";
import { exists } from "../os/files.ts";
import { PUT_BACK } from "./sentences.ts";

/** What SQLite keeps beside a database, by the end of its name. */
export const BESIDE = ["-wal", "-shm", "-journal"] as const;

/**
 * Throws NotInitialised when there is no database, and WnmError unless the database and what SQLite keeps beside it are files: a pipe would hold the reader for ever,
 * and what lies at the end of a planted link is not the colony's.
 */
export function refuseUnlikeFiles(path: string): void {
  const refuse = (name: string, what: string, advice = PUT_BACK) =>
    new WnmError(`${name} ${what}. Nothing was changed. ${advice}`, EXIT.refused);
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw refuse(path, `cannot be looked at (${error instanceof Error ? error.message : error})`);
  }
  if (found === undefined) {
    if (exists(path))
      throw refuse(path, "is a link to something that is not there", `Mount its disk. ${PUT_BACK}`);
    throw new NotInitialised(path, nodesRemain(dirname(path)));
  }
  if (!found.isFile()) throw refuse(path, "is no file");
  for (const name of BESIDE.map((suffix) => path + suffix)) {
    if (lstatSync(name, { throwIfNoEntry: false })?.isFile() === false)
      throw refuse(name, "is no plain file", "Move it away.");
  }
}

/** A base folder with nodes but without a database has lost it. */
function nodesRemain(base: string): boolean {
  return ["node", "services"].some((storage) => {
    try {
      return readdirSync(`${base}/${storage}`).some((name) => /^antnode\d+$/.test(name));
    } catch {
      return false;
    }
  });
}
