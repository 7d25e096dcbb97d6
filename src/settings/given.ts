/** Text given for an option and where it came from, in the words of a message. */
export type Source = { readonly text: string; readonly from: string };

/** What was given, by option name; the strongest source of each. */
export type Given = ReadonlyMap<string, Source>;

/** Something wrong with what was given. */
export type Issue = { readonly name: string; readonly message: string };
