/** The source of a text. "takeover": another node manager whose nodes are imported. */
export type Layer = "command line" | "environment" | "file" | "takeover";

/** The text given for an option; `from` describes its source for messages. */
export type Source = { readonly text: string; readonly from: string; readonly layer: Layer };

/** The highest-ranking source of each given option, by name. */
export type Given = ReadonlyMap<string, Source>;

/** A problem with a given option. */
export type Issue = { readonly name: string; readonly message: string };

/** An option's name for messages, with its source if it was given. */
export const named = (name: string, given: Given): string => {
  const source = given.get(name);
  return source === undefined ? `--${name}` : `--${name} (${source.from})`;
};
