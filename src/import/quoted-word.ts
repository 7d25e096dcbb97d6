/** Quotes a word for a setting, with double quotes if needed; `splitWords` reads it back. Pure. */
export const quotedWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replace(/[\\"]/g, "\\$&")}"`;
