/** Quotes a word for a shell. */
export const shellWord = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Quotes a word for a shell only if necessary. */
export const typedWord = (word: string): string => (/^[\w./:@%+=,-]+$/.test(word) ? word : shellWord(word));
