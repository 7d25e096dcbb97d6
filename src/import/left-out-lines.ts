import { escapeControls } from "../base/text.ts";
import type { LeftOut } from "../process/contract/found-node.ts";

const MOST_NAMED = 3;

/** Groups by reason, one line each: 240 processes of another account make one line. Pure. */
export const leftOutLines = (left_out: readonly LeftOut[]): readonly string[] =>
  [...Map.groupBy(left_out, kindOf).values()].map((same) => {
    const named = same.slice(0, MOST_NAMED).map(({ source }) => source);
    const more = same.length - named.length;
    const who = `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    const because = same[0]?.because ?? "";
    const others = new Set(same.map((one) => one.because)).size;
    return oneLine(`${who}: ${because}${others > 1 ? " (and the like)" : ""}`);
  });

/** The reason with paths and numbers blanked, so that similar ones are grouped. */
const kindOf = ({ because }: LeftOut): string => because.replace(/\/[^\s:;,]*|\b\d+\b/g, "#");

const oneLine = (text: string): string => escapeControls(text.replace(/[\n\t]/g, " "));
