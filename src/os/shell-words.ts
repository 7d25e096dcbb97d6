import { WnmError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";

/** Shell commands that export these variables, one a line. Throws WnmError for a name that no shell can export. Pure. */
export function shellExports(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => {
      if (!/^[A-Za-z_]\w*$/.test(name))
        throw new WnmError(
          `${JSON.stringify(name)} cannot be a variable of a node: its name may have only letters, digits and _`,
        );
      return `export ${name}=${shellWord(value)}\n`;
    })
    .join("");
}

/** A word of a shell command without its quotes; variables are not expanded. */
export type Word = string;

/** Operators that only sequence commands. */
const NEXT = /(?:;|&&?(?!>)|\n)/y;
/** A redirection up to its target; "<<" and "<(" are not redirections. */
const REDIRECTION = /(?:\d*(?:>>|>\||>&|<&|<>|>|<)|&>>?)(?![<(])/y;
const BLANKS = /(?:[ \t]|\\\n)+/y;
const BARE = /[^\s'"\\$`;&|()<>]+/y;
const VARIABLE = /\$(?:\w+|\{\w+\})/y;

/**
 * The simple commands of a shell line, each as its words without redirections. undefined for a line with anything else:
 * pipes, subshells, substitutions, here-documents, an unclosed quote. Pure.
 */
export function simpleCommands(text: string): readonly (readonly Word[])[] | undefined {
  const commands: Word[][] = [[]];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const word = (): Word | undefined => {
    let read: Word | undefined;
    while (at < text.length) {
      const piece = take(BARE) ?? take(VARIABLE) ?? quoted(text.slice(at));
      if (piece === undefined) return read;
      if (typeof piece !== "string") {
        at += piece.length;
        read = (read ?? "") + piece.text;
      } else read = (read ?? "") + piece;
    }
    return read;
  };
  while (at < text.length) {
    if (take(BLANKS) !== undefined) continue;
    if (text[at] === "#") break;
    if (take(REDIRECTION) !== undefined) {
      take(BLANKS);
      if (word() === undefined) return undefined;
    } else if (take(NEXT) !== undefined) commands.push([]);
    else {
      const found = word();
      if (found === undefined) return undefined;
      commands.at(-1)?.push(found);
    }
  }
  return commands.filter((words) => words.length > 0);
}

/** The quoted text at the beginning, and its length with the quotes. */
function quoted(text: string): { readonly text: string; readonly length: number } | undefined {
  const [all, single, double, escaped] =
    /^(?:'([^']*)'|"((?:[^"\\`$]|\\[\s\S]|\$(?![('"]))*)"|\\([^\n]))/.exec(text) ?? [];
  if (all === undefined) return undefined;
  return { text: single ?? double?.replace(/\\([$`"\\])/g, "$1") ?? escaped ?? "", length: all.length };
}
