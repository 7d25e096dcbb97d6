import { printableLines } from "../../base/text.ts";

/** The last three distinct lines of an engine's or node's output, as one printable line. */
export const oneLine = (text: string): string =>
  [...new Set(printableLines(text))].slice(-3).join(" / ").slice(0, 300);
