/** What a word is, where colours help to see it. */
export type Hue = "bad" | "warn" | "good" | "strong" | "faint";

/** How a text for people is laid out: how wide, and in which colours. */
export type Style = {
  readonly columns: number;
  /** Most rows, where the screen has no more; undefined: as many as there are. */
  readonly rows?: number;
  readonly paint: (hue: Hue, text: string) => string;
};

/** SGR parameters of ECMA-48. */
const CODES: Readonly<Record<Hue, number>> = { bad: 31, warn: 33, good: 32, strong: 1, faint: 2 };

/** Colours of a terminal. */
export const inColours: Style["paint"] = (hue, text) =>
  text === "" ? "" : `\u001b[${CODES[hue]}m${text}\u001b[0m`;

/** No colours: for files, pipes, and where NO_COLOR is set. */
export const plainPaint: Style["paint"] = (_, text) => text;

/** For a file or a pipe. */
export const PLAIN: Style = { columns: 80, paint: plainPaint };
