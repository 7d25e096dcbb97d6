/** The message of an error; anything else that was thrown, as text. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** "1 node", "2 nodes". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** The text as one line of printable ASCII: each run of other characters becomes a blank, and the ends are trimmed. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e]+/g, " ").trim();

/** The non-empty lines of the text, each as `printable` makes it. */
export const printableLines = (text: string): readonly string[] =>
  text
    .split("\n")
    .map(printable)
    .filter((line) => line !== "");

/** Control characters but tab and newline, C1 included, and those that change the direction of writing. */
const CONTROLS = /[^\P{Cc}\t\n]|[\u2028-\u202e\u2066-\u2069]/gu;

/** The text with control characters spelled out as \u001b, so that no text from outside moves a terminal's cursor. */
export const escapeControls = (text: string): string =>
  text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The most characters that a sentence repeats of a text from outside. */
const MOST_ECHOED = 80;
const SPELLED: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t", "\r": "\\r" };

/**
 * A text from outside, made safe to quote in a message: on one line, with control characters spelled out, cut after 80
 * characters. It cannot forge or fill a line of the log.
 */
export function echoed(text: string): string {
  const start = text.slice(0, MOST_ECHOED).replace(/[\ud800-\udbff]$/, "");
  const end = text.length > MOST_ECHOED ? `… (${text.length} characters)` : "";
  return `${escapeControls(start.replace(/[\n\t\r]/g, (character) => SPELLED[character] ?? ""))}${end}`;
}

/** The same, in quotes. */
export const quoted = (text: string): string => `"${echoed(text)}"`;
