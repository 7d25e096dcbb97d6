import * as v from "valibot";
import { quoted } from "../../base/text.ts";
import { EVENT_KINDS, type EventKind } from "../../model/event.ts";
import { kind } from "./kind.ts";

const CLOCK = String.raw`([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?`;
const DATE = String.raw`\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const MOMENT = new RegExp(
  String.raw`^(${CLOCK}|\d{1,6} ?(s|m|min|h|d|w)|today|yesterday|${DATE}([T ]${CLOCK}(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?)$`,
);

/** False for a date like 30 February, which Date would take for 2 March. */
function isInCalendar(text: string): boolean {
  const [year, month, day] = (/^\d{4}-\d\d-\d\d/.exec(text)?.[0] ?? "").split("-").map(Number);
  if (year === undefined || month === undefined || day === undefined) return true;
  const is_leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (is_leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}

/** A moment in the past, as typed. Kept as text, because its meaning depends on the time and the time zone. */
export const moment = kind<string>({
  text: () =>
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(
        MOMENT,
        (issue) =>
          `Invalid time: Expected a time (22:00), an age (90min, 12h, 3d), a date (2026-11-28) or both (2026-11-28T22:00) but received ${quoted(String(issue.input))}`,
      ),
      v.check(
        isInCalendar,
        (issue) => `Invalid time: There is no such day as ${quoted(String(issue.input).slice(0, 10))}`,
      ),
    ),
  column: "TEXT",
  hint: "22:00|12h|3d|2026-11-28|2026-11-28T22:00",
  show: String,
  toColumn: (value) => value,
  fromColumn: () => undefined,
  isReadable: () => false,
});

/** Kinds of events: one, or several with commas. */
export const eventKinds = kind<readonly EventKind[]>({
  text: () =>
    v.pipe(
      v.string(),
      v.transform((text) => text.split(",").map((part) => part.trim())),
      v.array(
        v.picklist(
          EVENT_KINDS,
          (issue) =>
            `Invalid kind: Expected ${EVENT_KINDS.join("|")} but received ${quoted(String(issue.input))}`,
        ),
      ),
    ),
  column: "TEXT",
  hint: "kinds of events, comma separated",
  choices: EVENT_KINDS,
  show: (kinds) => kinds.join(","),
  toColumn: (kinds) => kinds.join(","),
  fromColumn: () => undefined,
  isReadable: () => false,
});
