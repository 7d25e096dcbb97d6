import { typedWord } from "../base/shell-word.ts";
import type { Options } from "./options.ts";

/** The database that --dbpath names; undefined where a bare `wnm` finds the colony. */
export const namedDatabase = ({ given, paths }: Options): string | undefined =>
  (given.get("dbpath")?.text ?? "") === "" ? undefined : paths.database;

const CALL = /(?<=^|[ (])wnm(?! --(?:dbpath|help|self_upgrade)\b)(?= --| *$)/g;

/** The same with the calls of wnm in its cure made for the colony of --dbpath: a bare `wnm` would reach another one. */
export function curedHere<F extends { readonly cure?: string | undefined }>(
  options: Options,
): (finding: F) => F {
  const database = namedDatabase(options);
  if (database === undefined) return (finding) => finding;
  const call = `wnm --dbpath ${typedWord(database)}`;
  return (finding) =>
    finding.cure === undefined ? finding : { ...finding, cure: finding.cure.replace(CALL, () => call) };
}
