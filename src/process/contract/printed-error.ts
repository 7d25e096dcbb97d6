import { printable, printableLines } from "../../base/text.ts";

const MOST_WORDS = 300;

/** color-eyre's error report: "Error:", the error and its numbered causes, an empty line. */
const REPORT = /(?:^|\n)Error: *\n((?:[^\n]*\S[^\n]*\n?)+)/g;
const CAUSE = /^ *\d{1,3}: */gm;

/**
 * The error in a program's last output, as one line without colours: its error report, else the last line that looks
 * like an error. undefined without one. Pure.
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

/** The error in a program's output, else its last two lines, prefixed with ": "; "" for no output. Pure. */
export function lastWordsIn(output: string): string {
  const lines = printableLines(Bun.stripANSI(output));
  const words = printedError(output) ?? lines.slice(0, 2).join(" / ").slice(0, MOST_WORDS);
  return words === "" ? "" : `: ${words}`;
}
