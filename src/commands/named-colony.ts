import { typedWord } from "../base/shell-word.ts";
import type { Options } from "./options.ts";

/** The database to name with --dbpath; undefined when a bare `wnm` finds this colony. */
export const namedDatabase = ({ given, paths }: Options): string | undefined =>
  (given.get("dbpath")?.text ?? "") === "" ? undefined : paths.database;

const CALL = /(?<=^|[ (])wnm(?! --(?:dbpath|help|self_upgrade)\b)(?= --| *$)/g;

/** Adds --dbpath to the wnm calls in a finding's cure, if a bare `wnm` would reach another colony. */
export function curedHere<F extends { readonly cure?: string | undefined }>(
  options: Options,
): (finding: F) => F {
  const database = namedDatabase(options);
  if (database === undefined) return (finding) => finding;
  const call = `wnm --dbpath ${typedWord(database)}`;
  return (finding) =>
    finding.cure === undefined ? finding : { ...finding, cure: finding.cure.replace(CALL, () => call) };
}
