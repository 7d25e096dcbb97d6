import { WnmError } from "../base/errors.ts";
import { splitWords } from "../settings/split-words.ts";

/** Builds a node's command line from the flags that its binary knows. */
export type CommandLine = {
  /** Adds a required flag. Throws WnmError when the binary lacks it. */
  need(flag: string, ...value: readonly string[]): void;
  /** Adds a flag if the binary knows it and the operator has not given it. */
  want(flag: string, ...value: readonly string[]): void;
  /** All flags so far, then the operator's start_args. */
  words(): readonly string[];
};

/**
 * `start_args` applies to all generations and versions in a colony, so a flag known only to others (`foreign`) is dropped
 * with its values. Throws WnmError for a flag that none knows.
 */
export function commandLine(
  binary: { readonly path: string; readonly flags: ReadonlySet<string> },
  start_args: string | undefined,
  foreign: ReadonlySet<string>,
): CommandLine {
  const words: string[] = [];
  const own = groupsOf(splitWords(start_args ?? "") ?? []).filter(([flag = ""]) => {
    if (binary.flags.has(nameOf(flag))) return true;
    if (foreign.has(nameOf(flag))) return false;
    // Short flags and bare words cannot be checked, because --help lists only long flags.
    if (!flag.startsWith("--")) return true;
    throw new WnmError(
      `${binary.path} does not know ${nameOf(flag)} of --start_args; see ${binary.path} --help`,
    );
  });
  const given = new Set(own.map(([flag = ""]) => nameOf(flag)));
  return {
    need(flag, ...value) {
      if (!binary.flags.has(flag))
        throw new WnmError(`${binary.path} does not know ${flag}, which wnm needs; is it a node program?`);
      words.push(flag, ...value);
    },
    want(flag, ...value) {
      if (binary.flags.has(flag) && !given.has(flag)) words.push(flag, ...value);
    },
    words: () => [...words, ...own.flat()],
  };
}

/** The flags of --start_args, without their values. */
export const flagsOf = (start_args: string | undefined): ReadonlySet<string> =>
  new Set(groupsOf(splitWords(start_args ?? "") ?? []).map(([flag = ""]) => nameOf(flag)));

const nameOf = (word: string): string => word.split("=", 1)[0] ?? "";

/** Groups each flag with its values, up to the next flag. */
function groupsOf(words: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  for (const word of words) {
    const last = groups.at(-1);
    if (word.startsWith("-") || last === undefined) groups.push([word]);
    else last.push(word);
  }
  return groups;
}
