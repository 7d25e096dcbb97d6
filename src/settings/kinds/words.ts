import * as v from "valibot";
import { quoted } from "../../base/text.ts";
import type { StoredValue } from "../setting.ts";
import { splitWords } from "../split-words.ts";
import { kind, optional } from "./kind.ts";
import { isLine, lineText } from "./texts.ts";

/** Line breaks between words become blanks. */
const oneLine = (text: string): string => text.replace(/\s*[\t\r\n]\s*/g, " ").trim();

const wordsText = () =>
  v.pipe(
    v.string(),
    v.check((text) => splitWords(text) !== undefined, "Invalid words: Expected every quote to be closed"),
    v.check(
      (text) => splitWords(text)?.every((word) => v.is(lineText(), word)) === true,
      "Invalid words: Expected no control characters inside a word",
    ),
    v.transform(oneLine),
    v.maxLength(4096),
  );

const areWords = (stored: StoredValue, isWord: (word: string) => boolean = isLine): boolean =>
  typeof stored === "string" &&
  splitWords(oneLine(stored))?.every((word) => isLine(word) && isWord(word)) === true;

function optionalWords(
  hint: string,
  text: () => v.GenericSchema<string, string>,
  isReadable: (stored: StoredValue) => boolean,
) {
  const base = optional<string>({ text, column: "TEXT", hint, isReadable });
  return kind<string | undefined>({
    ...base,
    // Python wnm stored line breaks unchanged.
    fromColumn: (stored) => {
      const text = base.fromColumn(stored);
      return text === undefined ? undefined : oneLine(text) || undefined;
    },
  });
}

/** Extra command-line arguments, split by shell rules. */
export const words = optionalWords("words", wordsText, areWords);

const isVariable = (word: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*=/.test(word);

/** NAME=value pairs, split by shell rules. */
export const variables = optionalWords(
  "NAME=value …",
  () =>
    v.pipe(
      wordsText(),
      v.check(
        (text) => splitWords(text)?.every(isVariable) === true,
        (issue) =>
          `Invalid variables: Expected NAME=value pairs separated by blanks but received ${quoted(issue.input)}`,
      ),
    ),
  (stored) => areWords(stored, isVariable),
);
