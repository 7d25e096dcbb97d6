/** The word in quotes, so that a shell takes it literally. */
export const shellWord = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** The word as people type it: in quotes only where a shell would change it. */
export const typedWord = (word: string): string => (/^[\w./:@%+=,-]+$/.test(word) ? word : shellWord(word));
