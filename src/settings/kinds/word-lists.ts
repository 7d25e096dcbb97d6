import * as v from "valibot";
import { quoted } from "../../base/text.ts";
import { kind } from "./kind.ts";

/** A comma-separated subset of a few words, in any case. `what`: the name of a word in messages. */
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
