/** Where a text comes from; the last is another node manager whose colony is taken over unchanged. */
export type Layer = "command line" | "environment" | "file" | "takeover";

/** Text given for an option; `from` says where it came from, in the words of a message. */
export type Source = { readonly text: string; readonly from: string; readonly layer: Layer };

/** The strongest source of each option that was given, by name. */
export type Given = ReadonlyMap<string, Source>;

/** A problem with what was given. */
export type Issue = { readonly name: string; readonly message: string };

/** An option as messages name it: with its source, if it was given. */
export const named = (name: string, given: Given): string => {
  const source = given.get(name);
  return source === undefined ? `--${name}` : `--${name} (${source.from})`;
};
