import * as v from "valibot";
import { quoted } from "../../base/text.ts";
import type { StoredValue } from "../setting.ts";
import { type KindSpec, kind, optional, orNull, plain } from "./kind.ts";

const wholeNumber = (low: number) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.regex(
      /^\d{1,15}$/,
      (issue) =>
        `Invalid number: Expected a whole number of ${low} or more but received ${quoted(issue.input)}`,
    ),
    v.transform(Number),
  );
const between = (low: number, high: number) => v.pipe(wholeNumber(low), v.minValue(low), v.maxValue(high));

/** Has no upper limit, because Python wnm has none. */
const isCount = (stored: StoredValue): boolean => Number.isSafeInteger(stored) && Number(stored) >= 0;

const integer = (hint: string, low: number, high: number): KindSpec<number> => ({
  text: () => between(low, high),
  column: "INTEGER",
  hint,
  ...plain,
  // A clock near 1970 gives negative times.
  toColumn: (value) => Math.min(Math.max(Math.round(value) || 0, 0), Number.MAX_SAFE_INTEGER),
  isReadable: orNull(isCount),
});

const MOST_NODES = 10_000;
const YEAR_SECONDS = 366 * 24 * 3600;
const HOUR_SECONDS = 3600;
const HOUR_MILLISECONDS = 3_600_000;

/** As in Python wnm: a threshold above 100 is never reached. */
export const percent = kind(integer("percent", 0, Number.MAX_SAFE_INTEGER));
export const count = kind(integer("number", 1, MOST_NODES));
/** A limit that may be 0. */
export const limit = kind(integer("number", 0, MOST_NODES));
export const seconds = kind(integer("seconds", 0, YEAR_SECONDS));
export const hours = kind(integer("hours", 0, YEAR_SECONDS / 3600));
/** Seconds between one thing and the next. */
export const everySeconds = kind(integer("seconds, 5 if none are given", 1, HOUR_SECONDS));
export const milliseconds = kind(integer("milliseconds", 0, HOUR_MILLISECONDS));
export const bytes = kind(integer("bytes", 0, Number.MAX_SAFE_INTEGER));
export const bytesPerSecond = kind(integer("bytes per second, 0 = not watched", 0, Number.MAX_SAFE_INTEGER));
/** Seconds since 1970. */
export const epoch = kind(integer("seconds since 1970", 0, Number.MAX_SAFE_INTEGER));

export const optionalCount = kind(
  optional({
    text: () => between(0, MOST_NODES),
    column: "INTEGER",
    hint: "number",
    isReadable: isCount,
  }),
);

/** A load average: a decimal number above 0. */
export const load = kind<number>({
  text: () =>
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(
        /^\d{1,6}(\.\d{1,9})?$/,
        (issue) => `Invalid load: Expected a number such as 4.5 but received ${quoted(issue.input)}`,
      ),
      v.transform(Number),
      v.gtValue(0),
      v.maxValue(100_000),
    ),
  column: "REAL",
  hint: "load average",
  ...plain,
  isReadable: orNull((stored) => typeof stored === "number" && Number.isFinite(stored) && stored >= 0),
  // As Python wnm writes it: 2 is 2.0.
  show: (value) => (Number.isInteger(value) ? value.toFixed(1) : String(value)),
});

/** Ports end at 65 535. */
const HIGHEST_BLOCK = 65;

/** A block of ports. Accepts 55, 55000 or 55001; keeps the thousands (55). */
export const portBlock = kind<number>({
  text: () =>
    v.pipe(
      wholeNumber(1),
      v.transform((port) => (port >= 1000 ? Math.floor(port / 1000) : port)),
      v.minValue(1),
      v.maxValue(HIGHEST_BLOCK - 1),
    ),
  column: "INTEGER",
  hint: "thousands of the port number",
  ...plain,
  isReadable: orNull((stored) => isCount(stored) && Number(stored) >= 1 && Number(stored) <= HIGHEST_BLOCK),
});
