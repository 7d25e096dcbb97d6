/** How cron's tables are edited. Each character is one byte: what others wrote there need not be UTF-8. */
export type TableEditor = {
  /** The table without the lines that start wnm; `where` names it for people. */
  readonly withoutOwnLines: (text: string, where: string) => string;
  /** Keeps a copy of the table as it is, before it is changed. */
  readonly keepCopy: (text: string, name: string) => void;
};
