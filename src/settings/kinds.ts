import * as v from "valibot";
import type { HostFacts } from "../model/host.ts";
import { normaliseAddress, parseRewards } from "./rewards.ts";

/** A kind of value: how its text is read, how it is stored, what people are told to write. */
export type Kind<T> = {
  /** Made when a text is read, of which a run of cron has none: 0.2 ms of each run (measured). */
  readonly text: v.GenericSchema<string, T>;
  readonly column: "INTEGER" | "REAL" | "TEXT";
  /** Shown in help: the unit or the choices. */
  readonly hint: string;
  /** True for a switch: given without a value it means true. */
  readonly is_switch?: true;
  /** All values there are, if they can be listed; shells complete them. */
  readonly choices?: readonly string[];
  /** True for the name of a file or folder; shells complete it. */
  readonly is_path?: true;
  /** Text that `text` reads back as this value. */
  show(value: T): string;
  /** Stored form and back; identity unless the column cannot hold the value. */
  toColumn(value: T): number | string | null;
  readonly fromColumn: (stored: number | string | null) => T | undefined;
};

/** A row of a settings table. */
export type Setting<T> = Kind<T> & {
  readonly group: string;
  readonly help: string;
  readonly default: T | ((host: HostFacts) => T);
  readonly change: "any time" | "at init" | "with update_config";
  /** Set on columns that Python wnm has but no flag sets. */
  readonly stored_only?: true;
  /** Read from the environment only as WNM_NAME: the plain name belongs to others. */
  readonly prefixed?: true;
  /** Means something only on the command line. */
  readonly typed_only?: true;
};
type Row<T> = {
  readonly group: string;
  readonly help: string;
  readonly default: T | ((host: HostFacts) => T);
  readonly change?: Setting<T>["change"];
  readonly stored_only?: true;
  readonly prefixed?: true;
  readonly typed_only?: true;
};

const kind =
  <T>(base: Kind<T>) =>
  (row: Row<T>): Setting<T> => ({ change: "any time", ...base, ...row });

const plain = {
  show: String,
  toColumn: (value: number | string) => value,
  fromColumn: <T>(stored: number | string | null) => (stored === null ? undefined : (stored as T)),
};

const wholeNumber = () =>
  v.pipe(
    v.string(),
    v.trim(),
    v.regex(
      /^\d{1,15}$/,
      (issue) => `Invalid number: Expected a whole number but received ${issue.received}`,
    ),
    v.transform(Number),
  );
const between = (low: number, high: number) => v.pipe(wholeNumber(), v.minValue(low), v.maxValue(high));
const integer = (hint: string, low: number, high: number): Kind<number> => ({
  text: v.lazy(() => between(low, high)),
  column: "INTEGER",
  hint,
  ...plain,
});

const YEAR_SECONDS = 366 * 24 * 3600;

export const percent = kind<number>(integer("percent", 0, 100));
export const count = kind<number>(integer("number", 1, 10_000));
export const seconds = kind<number>(integer("seconds", 0, YEAR_SECONDS));
export const millis = kind<number>(integer("milliseconds", 0, 3_600_000));
export const bytes = kind<number>(integer("bytes", 0, Number.MAX_SAFE_INTEGER));
export const bytesPerSecond = kind<number>(
  integer("bytes per second, 0 = not watched", 0, Number.MAX_SAFE_INTEGER),
);
export const epoch = kind<number>(integer("seconds since 1970", 0, Number.MAX_SAFE_INTEGER));

/** A load average: any decimal number above 0. */
export const load = kind<number>({
  text: v.lazy(() =>
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(
        /^\d{1,6}(\.\d{1,9})?$/,
        (issue) => `Invalid load: Expected a number such as 4.5 but received ${issue.received}`,
      ),
      v.transform(Number),
      v.gtValue(0),
      v.maxValue(100_000),
    ),
  ),
  column: "REAL",
  hint: "load average",
  ...plain,
  // As Python wnm writes it: 2 is 2.0.
  show: (value) => (Number.isInteger(value) ? value.toFixed(1) : String(value)),
});

/** Accepts 55, 55000 or 55001; keeps the thousands (55). */
export const portBlock = kind<number>({
  text: v.lazy(() =>
    v.pipe(
      wholeNumber(),
      v.transform((port) => (port >= 1000 ? Math.floor(port / 1000) : port)),
      v.minValue(1),
      v.maxValue(64),
    ),
  ),
  column: "INTEGER",
  hint: "thousands of the port number",
  ...plain,
});

/** Printable text without control characters; a line break would end the line of a unit or a report. */
const line = () =>
  v.pipe(
    v.string(),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
    v.regex(/^[^\u0000-\u001f\u007f]*$/, "Invalid text: Expected one line without control characters"),
    v.maxLength(4096),
  );

/** An absolute path, or one below the home folder ("~/…"). */
const pathText = () =>
  v.pipe(
    line(),
    v.regex(
      /^(\/|~\/)/,
      (issue) => `Invalid path: Expected an absolute path or ~/… but received ${issue.received}`,
    ),
    v.check((path) => !path.split("/").includes(".."), "Invalid path: Expected no '..' in it"),
    v.transform((path) => (path.length > 1 ? path.replace(/\/+$/, "") : path)),
  );
export const path = kind<string>({
  text: v.lazy(pathText),
  column: "TEXT",
  hint: "path",
  is_path: true,
  ...plain,
});

/** A file as people name it on a command line: absolute, below the home folder, or from where they are. */
export const file = kind<string>({
  text: v.lazy(() => v.pipe(line(), v.nonEmpty("Invalid file: Expected a name but received nothing"))),
  column: "TEXT",
  hint: "file",
  is_path: true,
  ...plain,
});

const optional = <T>(
  text: () => v.GenericSchema<string, T>,
  column: Kind<T>["column"],
  hint: string,
): Kind<T | undefined> => ({
  text: v.lazy(() =>
    v.pipe(
      v.string(),
      v.rawTransform<string, T | undefined>(({ dataset, addIssue, NEVER }) => {
        if (dataset.value === "") return undefined;
        const parsed = v.safeParse(text(), dataset.value);
        // Blanks alone are nothing, too.
        if (parsed.success) return parsed.output === "" ? undefined : parsed.output;
        addIssue({ message: parsed.issues[0].message });
        return NEVER;
      }),
    ),
  ),
  column,
  hint: `${hint}, "" for none`,
  show: (value) => (value === undefined ? "" : String(value)),
  toColumn: (value) => (value === undefined ? null : (value as number | string)),
  fromColumn: (stored) => (stored === null || stored === "" ? undefined : (stored as T)),
});

export const optionalText = kind<string | undefined>(optional(line, "TEXT", "text"));
export const optionalPath = kind<string | undefined>(optional(pathText, "TEXT", "path"));
export const optionalCount = kind<number | undefined>(
  optional(() => between(0, 10_000), "INTEGER", "number"),
);

/** Line breaks between words are blanks; one inside a word is refused: it would end the line of a unit or a report. */
const oneLine = (text: string): string => text.replace(/\s*[\t\r\n]\s*/g, " ").trim();

const wordsText = () =>
  v.pipe(
    v.string(),
    v.check((text) => splitWords(text) !== undefined, "Invalid words: Expected every quote to be closed"),
    v.check(
      (text) => splitWords(text)?.every((word) => v.is(line(), word)) === true,
      "Invalid words: Expected no control characters inside a word",
    ),
    v.transform(oneLine),
    v.maxLength(4096),
  );

const optionalWords = (text: () => v.GenericSchema<string, string>, hint: string) => {
  const base = optional(text, "TEXT", hint);
  return {
    ...base,
    // Python wnm stored line breaks as they came.
    fromColumn: (stored: number | string | null) => {
      const text = base.fromColumn(stored);
      return text === undefined ? undefined : oneLine(text) || undefined;
    },
  };
};

/** NAME=value pairs, separated as a shell separates words. */
export const variables = kind<string | undefined>(
  optionalWords(
    () =>
      v.pipe(
        wordsText(),
        v.check(
          (text) => splitWords(text)?.every((word) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) === true,
          (issue) =>
            `Invalid variables: Expected NAME=value pairs separated by blanks but received ${issue.received}`,
        ),
      ),
    "NAME=value …",
  ),
);

/** Words as a shell would split them: blanks separate, quotes and backslashes protect. undefined: a quote is not closed. */
export function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  const token = /\s+|"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)|([^\s"'\\]+)/gsy;
  let word: string | undefined;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) return undefined;
    const [all, double, single, escaped, bare] = match;
    if (/^\s/.test(all)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + (double?.replace(/\\(["\\])/g, "$1") ?? single ?? escaped ?? bare ?? "");
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** Extra words for the node's command line, separated as a shell separates them. */
export const words = kind<string | undefined>(optionalWords(wordsText, "words"));

/** One 0x address, checksummed when it is in mixed case. */
export const address = kind<string>({
  text: v.lazy(() =>
    v.pipe(
      v.string(),
      v.trim(),
      v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
        const checked = normaliseAddress(dataset.value);
        if ("address" in checked) return checked.address;
        addIssue({ message: `Invalid address: ${checked.problem}` });
        return NEVER;
      }),
    ),
  ),
  column: "TEXT",
  hint: "0x address",
  ...plain,
});

/** An address, a name (faucet, donate), or a weighted list of both; kept as typed. */
export const rewards = kind<string | undefined>(
  optional(
    () =>
      v.pipe(
        line(),
        v.trim(),
        v.rawCheck(({ dataset, addIssue }) => {
          if (!dataset.typed) return;
          const parsed = parseRewards(dataset.value);
          if ("problem" in parsed) addIssue({ message: `Invalid rewards address: ${parsed.problem}` });
        }),
      ),
    "TEXT",
    "0x address, faucet, donate, or weighted list such as 0x…:90,donate:10",
  ),
);

/** A loopback or other address of the nodes' metrics servers. */
export const host = kind<string>({
  text: v.lazy(() =>
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(
        /^(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/,
        (issue) => `Invalid host: Expected a name or an IPv4 address but received ${issue.received}`,
      ),
    ),
  ),
  column: "TEXT",
  hint: "host",
  ...plain,
});

const YES = new Set(["1", "true", "yes", "on", ""]);
const NO = new Set(["0", "false", "no", "off"]);

/** A switch: on when given alone, or =true|false. */
export const flag = kind<boolean>({
  text: v.lazy(() =>
    v.pipe(
      v.string(),
      v.trim(),
      v.toLowerCase(),
      v.check(
        (text) => YES.has(text) || NO.has(text),
        (issue) => `Invalid switch: Expected true or false but received ${issue.received}`,
      ),
      v.transform((text) => YES.has(text)),
    ),
  ),
  column: "INTEGER",
  hint: "true|false",
  is_switch: true,
  show: String,
  toColumn: (value) => (value ? 1 : 0),
  fromColumn: (stored) => (stored === null ? undefined : Number(stored) !== 0),
});

export const choice = <const O extends readonly [string, ...string[]]>(options: O) =>
  kind<O[number]>({
    text: v.lazy(() => v.pipe(v.string(), v.trim(), v.picklist(options))),
    column: "TEXT",
    hint: options.join("|"),
    choices: options,
    ...plain,
  });

/** Like choice, not case-sensitive, for values that people write in either case. */
export const upperChoice = <const O extends readonly [string, ...string[]]>(options: O) =>
  kind<O[number]>({
    text: v.lazy(() => v.pipe(v.string(), v.trim(), v.toUpperCase(), v.picklist(options))),
    column: "TEXT",
    hint: options.join("|"),
    choices: options,
    ...plain,
  });

/**
 * Node names in any form people write them: antnode0001, antnode0001.service, 1, comma lists. Gives their ids; a name
 * without leading zeros, as antctl spells them, stays a name: its number may not be the node's id.
 */
export const nodeNames = kind<readonly (number | string)[]>({
  text: v.lazy(() =>
    v.pipe(
      v.string(),
      v.rawTransform<string, readonly (number | string)[]>(({ dataset, addIssue, NEVER }) => {
        const ids: (number | string)[] = [];
        for (const name of dataset.value.split(",").map((part) => part.trim())) {
          const digits = /^(?:antnode)?0*([1-9]\d{0,6})(?:\.service)?$/.exec(name)?.[1];
          if (digits === undefined) {
            addIssue({ message: `Invalid node name: Expected antnode0001 or 1 but received "${name}"` });
            return NEVER;
          }
          const id = /^antnode[1-9]\d{0,2}(\.service)?$/.test(name) ? `antnode${digits}` : Number(digits);
          if (!ids.includes(id)) ids.push(id);
        }
        return ids;
      }),
    ),
  ),
  column: "TEXT",
  hint: "node names, comma separated",
  show: (ids) => ids.join(","),
  toColumn: (ids) => ids.join(","),
  fromColumn: () => undefined,
});
