import { shownDuration } from "../model/duration.ts";
import { clockTime, isOld } from "./as-of.ts";
import type { Overview } from "./overview.ts";
import { eventBlock, findingBlock, oneLine, timeOf } from "./overview-lists.ts";
import { overviewRows } from "./overview-rows.ts";
import type { Style } from "./paint.ts";
import { clipped, padded, widthOf } from "./text-width.ts";

/** Limits of the lists: findings, in full or one line each, and events. The first set that fits the screen is used. */
type Limits = { readonly findings: number; readonly whole: boolean; readonly events: number };
const LIMITS: readonly Limits[] = [
  ...[5, 4, 3].map((most) => ({ findings: most, whole: true, events: most })),
  ...[5, 4, 3, 2, 1].flatMap((most) => [
    { findings: most, whole: false, events: most },
    { findings: most, whole: false, events: most - 1 },
  ]),
];
/** From this width on, events are shown in a second column. */
const WIDE = 150;
const MOST_LEFT = 90;
const LEAST_COLUMNS = 20;
/** The machine's name is omitted if there is less space than this for it. */
const LEAST_NAME = 8;

/** The overview as text, fitted to the screen if there is one. */
export function overviewText(overview: Overview, style: Style): string {
  const { rows = Number.POSITIVE_INFINITY } = style;
  const columns = Math.max(LEAST_COLUMNS, style.columns);
  const inside = { ...style, columns };
  let lines: readonly string[] = [];
  for (const limits of LIMITS) {
    lines = overviewLines(overview, inside, limits, rows);
    if (lines.length <= rows) break;
  }
  return `${lines.slice(0, rows).join("\n")}\n`;
}

function overviewLines(overview: Overview, style: Style, limits: Limits, rows: number): readonly string[] {
  const { findings, events, now } = overview;
  const { columns, paint } = style;
  const wide = columns >= WIDE;
  const left = wide ? { ...style, columns: Math.min(MOST_LEFT, Math.floor(columns / 2) - 2) } : style;
  const title = (text: string): string => paint("strong", text);
  const needs =
    findings.length === 0
      ? [paint("good", "nothing needs you")]
      : [title("needs you"), ...findingBlock(findings, limits, now, left)];
  const summary = [...overviewRows(overview, left), "", ...needs];
  const room = wide ? Math.max(summary.length - 1, limits.events) : limits.events;
  const happened = eventBlock(events, Math.min(room, rows), {
    ...style,
    columns: wide ? columns - left.columns - 2 : columns,
  });
  const last = happened.length === 0 ? [] : [title("last 24 h"), ...happened];
  const head = [headOf(overview, style), paint("faint", "─".repeat(columns))];
  return [...head, ...(wide ? beside(summary, last, left.columns + 2) : [...summary, ...last])];
}

/** "pi4 · wnm 1.1.0 · systemd+user                         as of 07:31:02, 12 s ago". */
function headOf(overview: Overview, { columns, paint }: Style): string {
  const { host, version, process_manager, now, surveyed_at } = overview;
  const old = isOld({ surveyed_at, now });
  const age =
    surveyed_at === undefined
      ? "no run yet"
      : `as of ${atTime(surveyed_at, now)}, ${shownDuration(now - surveyed_at)} ago`;
  const room = columns - widthOf(age) - 2;
  if (room < LEAST_NAME) {
    const alone = clipped(age, columns);
    return old ? paint("warn", alone) : alone;
  }
  const name = clipped(`${oneLine(host)} · wnm ${version} · ${process_manager}`, room);
  return `${paint("strong", padded(name, room))}  ${old ? paint("warn", age) : age}`;
}

/** The time alone within a day. */
const atTime = (at: number, now: number): string =>
  Math.abs(now - at) < 43_200
    ? `${timeOf(at)}:${String(new Date(at * 1000).getSeconds()).padStart(2, "0")}`
    : clockTime(at);

function beside(left: readonly string[], right: readonly string[], columns: number): readonly string[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    right[i] === undefined ? (left[i] ?? "") : padded(left[i] ?? "", columns) + right[i],
  );
}
