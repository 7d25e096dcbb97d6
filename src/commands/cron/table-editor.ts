/** Edits crontabs. Texts are latin1, one character per byte, because other people's lines need not be UTF-8. */
export type TableEditor = {
  /** The table without the lines that start wnm; `where` names it in messages. */
  readonly withoutOwnLines: (text: string, where: string) => string;
  /** Keeps a copy of the table as it is, before it is changed. */
  readonly keepCopy: (text: string, name: string) => void;
};
