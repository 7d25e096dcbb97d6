import * as v from "valibot";
import { quoted } from "../../base/text.ts";
import { kind, orNull, plain } from "./kind.ts";

const YES = new Set(["1", "true", "yes", "on", ""]);
const NO = new Set(["0", "false", "no", "off"]);

/** A switch: on when given alone, or =true|false. */
export const flag = kind<boolean>({
  text: () =>
    v.pipe(
      v.string(),
      v.trim(),
      v.toLowerCase(),
      v.check(
        (text) => YES.has(text) || NO.has(text),
        (issue) => `Invalid switch: Expected true or false but received ${quoted(issue.input)}`,
      ),
      v.transform((text) => YES.has(text)),
    ),
  column: "INTEGER",
  hint: "true|false",
  is_switch: true,
  show: String,
  toColumn: (value) => (value ? 1 : 0),
  fromColumn: (stored) => (stored === null ? undefined : Number(stored) !== 0),
  isReadable: orNull((stored) => stored === 0 || stored === 1),
});

const notListed = (issue: v.PicklistIssue): string =>
  `Invalid type: Expected ${issue.expected} but received ${quoted(String(issue.input))}`;

type Words = readonly string[];

const choiceOf = <const O extends Words>(options: O, text: () => v.GenericSchema<string, O[number]>) =>
  kind<O[number]>({
    text,
    column: "TEXT",
    hint: options.join("|"),
    choices: options,
    ...plain,
    isReadable: orNull((stored) => options.some((option) => option === stored)),
  });

/** One of a few words. */
export const choice = <const O extends Words>(options: O) =>
  choiceOf(options, () => v.pipe(v.string(), v.trim(), v.picklist(options, notListed)));

/** One of a few words in upper case; typed in any case. */
export const upperChoice = <const O extends Words>(options: O) =>
  choiceOf(options, () => v.pipe(v.string(), v.trim(), v.toUpperCase(), v.picklist(options, notListed)));
