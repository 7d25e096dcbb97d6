import * as v from "valibot";
import { quoted } from "../../base/text.ts";
import { kind } from "./kind.ts";

/** Some of a few words, with commas; typed in any case. `what` says what a word is. */
export const someOf = <const O extends readonly string[]>(options: O, what: string) =>
  kind<readonly O[number][]>({
    text: () =>
      v.pipe(
        v.string(),
        v.transform((text) =>
          text.split(",").map((part) => {
            const word = part.trim();
            return options.find((option) => option.toLowerCase() === word.toLowerCase()) ?? word;
          }),
        ),
        v.array(
          v.picklist(
            options,
            (issue) =>
              `Invalid ${what}: Expected ${options.join("|")} but received ${quoted(String(issue.input))}`,
          ),
        ),
      ),
    column: "TEXT",
    hint: `${what}, comma separated`,
    choices: options,
    show: (words) => words.join(","),
    toColumn: (words) => words.join(","),
    fromColumn: () => undefined,
    isReadable: () => false,
  });
