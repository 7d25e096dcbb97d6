const LETTERS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
  "\\": "\\",
  '"': '"',
  "'": "'",
};
const CODES = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/;

/** Splits a value with quotes and C escapes as in systemd.syntax(7); `raw` is the word as written. */
export function splitUnitWords(value: string): readonly { readonly raw: string; readonly text: string }[] {
  const words: { raw: string; text: string }[] = [];
  let at = 0;
  while (at < value.length) {
    if (/\s/.test(value[at] ?? "")) {
      at++;
      continue;
    }
    const start = at;
    let text = "";
    let quote = "";
    for (; at < value.length && (quote !== "" || !/\s/.test(value[at] ?? "")); at++) {
      const character = value[at] ?? "";
      if (character === "\\") {
        const escaped = escapeAt(value, at + 1);
        text += escaped.text;
        at += escaped.length;
      } else if (character === quote) quote = "";
      else if (quote === "" && (character === '"' || character === "'")) quote = character;
      else text += character;
    }
    words.push({ raw: value.slice(start, at), text });
  }
  return words;
}

/** Decodes the escape sequence at a backslash; an unknown one stays as written. */
function escapeAt(value: string, at: number): { readonly text: string; readonly length: number } {
  const letter = LETTERS[value[at] ?? ""];
  if (letter !== undefined) return { text: letter, length: 1 };
  const code = CODES.exec(value.slice(at, at + 9));
  if (code === null) return { text: `\\${value[at] ?? ""}`, length: 1 };
  const [digits, hex, short, long, octal] = code;
  const number =
    octal === undefined ? Number.parseInt(hex ?? short ?? long ?? "", 16) : Number.parseInt(octal, 8);
  return { text: number <= 0x10_ffff ? String.fromCodePoint(number) : `\\${digits}`, length: digits.length };
}
