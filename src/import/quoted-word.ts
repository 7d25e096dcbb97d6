/** The word as settings write it, in double quotes where needed; `splitWords` reads it back. Pure. */
export const quotedWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replace(/[\\"]/g, "\\$&")}"`;
