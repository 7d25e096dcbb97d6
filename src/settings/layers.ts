/**
 * Where a text comes from: what a person typed, the environment, a file that is read on every run, or another manager
 * of nodes whose colony is taken over as it is.
 */
export type Layer = "command line" | "environment" | "file" | "takeover";

/** Text given for an option and where it came from; `from` is in the words of a message. */
export type Source = { readonly text: string; readonly from: string; readonly layer: Layer };

/** What was given, by option name; the strongest source of each. */
export type Given = ReadonlyMap<string, Source>;

/** Something wrong with what was given. */
export type Issue = { readonly name: string; readonly message: string };

/** An option as a message names it: with the place it was given in, if it was given. */
export const named = (name: string, given: Given): string => {
  const source = given.get(name);
  return source === undefined ? `--${name}` : `--${name} (${source.from})`;
};
