import { escapeControls } from "../base/text.ts";
import type { LeftOut } from "../process/contract/found-node.ts";

const MOST_NAMED = 3;

/** A line for each reason, with what it concerns: 240 processes of another account are one line. Pure. */
export const leftOutLines = (left_out: readonly LeftOut[]): readonly string[] =>
  [...Map.groupBy(left_out, kindOf).values()].map((same) => {
    const named = same.slice(0, MOST_NAMED).map(({ source }) => source);
    const more = same.length - named.length;
    const who = `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    const because = same[0]?.because ?? "";
    const others = new Set(same.map((one) => one.because)).size;
    return oneLine(`${who}: ${because}${others > 1 ? " (and the like)" : ""}`);
  });

/** Reasons that differ only in a path or a number are one. */
const kindOf = ({ because }: LeftOut): string => because.replace(/\/[^\s:;,]*|\b\d+\b/g, "#");

const oneLine = (text: string): string => escapeControls(text.replace(/[\n\t]/g, " "));
