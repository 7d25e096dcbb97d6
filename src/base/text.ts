/** The message of an error; anything else that was thrown, as text. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** "1 node", "2 nodes". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** The text as one trimmed line of printable ASCII; each run of other characters becomes a blank. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e]+/g, " ").trim();

/** The non-empty lines of the text, each as `printable` makes it. */
export const printableLines = (text: string): readonly string[] =>
  text
    .split("\n")
    .map(printable)
    .filter((line) => line !== "");

/** Control characters but tab and newline, C1 included, and those that change the direction of writing. */
const CONTROLS = /[[\p{Cc}--[\t\n]]\u2028-\u202e\u2066-\u2069]/gv;

/** Escapes control characters as \u001b, so that untrusted text cannot control a terminal. */
export const escapeControls = (text: string): string =>
  text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The maximum length of untrusted text quoted in a sentence. */
const MOST_ECHOED = 80;
const SPELLED: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t", "\r": "\\r" };

/**
 * Makes untrusted text safe to quote in a message: one line, control characters escaped, truncated to 80 characters. It can
 * neither forge nor flood log lines.
 */
export function echoed(text: string): string {
  const start = text.slice(0, MOST_ECHOED).replace(/[\ud800-\udbff]$/, "");
  const end = text.length > MOST_ECHOED ? `… (${text.length} characters)` : "";
  return `${escapeControls(start.replace(/[\n\t\r]/g, (character) => SPELLED[character] ?? ""))}${end}`;
}

/** The same, in quotes. */
export const quoted = (text: string): string => `"${echoed(text)}"`;
