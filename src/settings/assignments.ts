import { quoted } from "../base/text.ts";
/** A NAME=value line of a file; `value` is undefined for a name alone. */
export type Assignment =
  | { readonly line: number; readonly name: string; readonly value: string | undefined }
  | { readonly line: number; readonly problem: string };

const NAME = /^\s*(?:export\s+)?(?:--)?([A-Za-z][A-Za-z0-9_-]*)(?:\s*[=:]\s*|\s+|$)/;
const PASSED_OVER = /^\s*(?:[#;[]|---|$)/;

/**
 * Parses config files and .env files: NAME=value, NAME: value or NAME value, comments, sections, an optional "export". A
 * quoted value follows shell rules and may span lines; any other ends at the end of the line or at a # after a blank. Pure.
 */
export function parseAssignments(text: string): readonly Assignment[] {
  const found: Assignment[] = [];
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const end = endOfLine(text, at);
    const raw = text.slice(at, end);
    let next = end;
    const name = NAME.exec(raw);
    if (!PASSED_OVER.test(raw)) {
      if (name?.[1] === undefined) {
        found.push({ line, problem: `expected NAME=value but received ${quoted(raw.trim())}` });
      } else {
        const start = at + name[0].length;
        const inQuotes = quotedWord(text, start);
        const bare = text.slice(start, end).trim();
        next = inQuotes?.end ?? end;
        const alone = !/[=:]/.test(name[0]) && bare === "";
        found.push({
          line,
          name: name[1],
          value: alone ? undefined : (inQuotes?.value ?? withoutFrame(bare)),
        });
      }
    }
    line += text.slice(at, next + 1).split("\n").length - 1;
    at = next + 1;
  }
  return found;
}

const endOfLine = (text: string, at: number): number => {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
};

/** A word that begins with a quote, and the end of its line; undefined unless the quotes close and nothing follows. */
function quotedWord(text: string, start: number): { value: string; end: number } | undefined {
  if (text[start] !== "'" && text[start] !== '"') return undefined;
  let value = "";
  let at = start;
  while (at < text.length && !/\s/.test(text.charAt(at))) {
    const part = segment(text, at);
    if (part === undefined) return undefined;
    value += part.value;
    at = part.end;
  }
  const end = endOfLine(text, at);
  const rest = text.slice(at, end).trim();
  return rest === "" || rest.startsWith("#") ? { value, end } : undefined;
}

/** One segment of a word: in single quotes, in double quotes, or a single, possibly escaped, character. */
function segment(text: string, at: number): { value: string; end: number } | undefined {
  const first = text.charAt(at);
  if (first === "'") {
    const close = text.indexOf("'", at + 1);
    return close < 0 ? undefined : { value: text.slice(at + 1, close), end: close + 1 };
  }
  if (first === "\\") return { value: text.charAt(at + 1), end: at + 2 };
  if (first !== '"') return { value: first, end: at + 1 };
  const match = /^"((?:[^"\\]|\\.)*)"/s.exec(text.slice(at));
  if (match?.[1] === undefined) return undefined;
  // As in .env files, \n is a line break.
  const value = match[1].replace(/\\(.)/gs, (both, next: string) =>
    next === "n" ? "\n" : '"\\$`'.includes(next) ? next : both,
  );
  return { value, end: at + match[0].length };
}

/** A bare value without its comment, and without the quotes that Python wnm wrote around values. */
function withoutFrame(bare: string): string {
  const quote = bare.charAt(0);
  if (bare.length > 1 && (quote === '"' || quote === "'") && bare.endsWith(quote)) return bare.slice(1, -1);
  return bare.replace(/(?:^|\s+)#.*$/s, "");
}

/** A line that a shell and `parseAssignments` read back as exactly this value. */
export const assignment = (name: string, value: string): string => `${name}=${shellQuoted(value)}\n`;

const shellQuoted = (value: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
