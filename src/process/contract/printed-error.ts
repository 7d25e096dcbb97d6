import { printable, printableLines } from "../../base/text.ts";

const MOST_WORDS = 300;

/** The report with which a Rust program ends: "Error:", the error and its causes with their numbers, an empty line (color-eyre). */
const REPORT = /(?:^|\n)Error: *\n((?:[^\n]*\S[^\n]*\n?)+)/g;
const CAUSE = /^ *\d{1,3}: */gm;

/**
 * The error in what a program printed before it ended, as one line without colours: its report, or else its last line
 * that reads like an error. undefined without one. Pure.
 */
export function printedError(output: string): string | undefined {
  const plain = Bun.stripANSI(output);
  const report = [...plain.matchAll(REPORT)].at(-1)?.[1];
  if (report !== undefined)
    return printable(report.split(CAUSE).map(printable).filter(Boolean).join(": ")).slice(0, MOST_WORDS);
  return printableLines(plain)
    .findLast((line) => /error|panicked|failed|cannot/i.test(line))
    ?.slice(0, MOST_WORDS);
}

/** What a program printed, in at most two lines, behind ": "; its error where it has one, and "" without any words. Pure. */
export function lastWordsIn(output: string): string {
  const lines = printableLines(Bun.stripANSI(output));
  const words = printedError(output) ?? lines.slice(0, 2).join(" / ").slice(0, MOST_WORDS);
  return words === "" ? "" : `: ${words}`;
}
