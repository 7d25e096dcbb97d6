let graphemes: Intl.Segmenter | undefined;

/** What a reader takes for one character each. Made when it is needed: it takes 2 ms, and runs load this file too. */
function charactersOf(text: string): Intl.Segments {
  graphemes ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return graphemes.segment(text);
}

/** Columns that the text takes at a terminal, in any script; colours take none. */
export const widthOf = (text: string): number => Bun.stringWidth(text);

/** The text cut to this many columns, with "…" where something is missing. It must have no colours yet. */
export function clipped(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let [out, width] = ["", 0];
  for (const { segment } of charactersOf(text)) {
    const wide = widthOf(segment);
    if (width + wide > columns - 1) break;
    out += segment;
    width += wide;
  }
  return columns < 1 ? "" : `${out.trimEnd()}…`;
}

/** The text padded with blanks to this many columns. */
export const padded = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - widthOf(text)));

/** The text in lines of at most this many columns, broken between words; a longer word is broken within. */
export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).flatMap((one) => pieces(one, columns))) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

function pieces(word: string, columns: number): readonly string[] {
  if (word === "" || widthOf(word) <= columns) return word === "" ? [] : [word];
  const out = [""];
  for (const { segment } of charactersOf(word)) {
    const last = out.at(-1) ?? "";
    if (last !== "" && widthOf(last + segment) > columns) out.push(segment);
    else out[out.length - 1] = last + segment;
  }
  return out;
}
