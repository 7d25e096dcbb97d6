import { escapeControls } from "../base/text.ts";
import type { ColonyEvent } from "../model/event.ts";
import type { Finding } from "../model/finding.ts";
import { nodeLabel, type Seconds } from "../model/node.ts";
import { duration } from "./health.ts";
import { startsWithEnds } from "./history.ts";
import type { Style } from "./paint.ts";
import { clipped, padded, wrapped } from "./text-width.ts";

/** The text on one line, with control characters spelled out. */
export const oneLine = (text: string): string => escapeControls(text.replace(/\s+/g, " ")).trim();

/** Events worth a line of the overview: not the ends of starts, and not findings, which are shown separately. */
export function notableEvents(events: readonly ColonyEvent[]): readonly ColonyEvent[] {
  const { ends } = startsWithEnds(events);
  return events.filter((event) => event.kind !== "finding" && !ends.has(event));
}

/** A kind of finding: the first of it with how long it lasts, and how many more. */
export type FindingKind = { readonly first: Finding; readonly count: number; readonly text: string };

/** The kinds of findings, in their order. */
export const findingKinds = (findings: readonly Finding[], now: Seconds): readonly FindingKind[] =>
  [...Map.groupBy(findings, ({ key }) => key).values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const { sentence, since } = first;
    const lasts = since === undefined || now - since < 60 ? "" : ` (for ${duration(now - since)})`;
    const more = others.length === 0 ? "" : ` … and ${others.length} more like it`;
    return [{ first, count: others.length + 1, text: `${oneLine(sentence)}${lasts}${more}` }];
  });

/** Each kind of finding with its cure, in full or one line each: the first one and the number of others. */
export function findingBlock(
  findings: readonly Finding[],
  { findings: most, whole }: { readonly findings: number; readonly whole: boolean },
  now: Seconds,
  { columns, paint }: Style,
): readonly string[] {
  const kinds = findingKinds(findings, now);
  const lines = kinds.slice(0, most).flatMap(({ first: { severity, cure }, text }) => {
    const mark = severity === "bad" ? paint("bad", "✗") : paint("warn", "!");
    const fitted = whole ? wrapped : cutToLine;
    const said = fitted(text, columns - 3);
    const cured = cure === undefined ? [] : fitted(oneLine(cure), columns - 5);
    return [
      ...said.map((line, i) => ` ${i === 0 ? mark : " "} ${line}`),
      ...cured.map((line, i) => `   ${i === 0 ? "→" : " "} ${line}`),
    ];
  });
  const left = kinds.slice(most).reduce((sum, { count }) => sum + count, 0);
  return left === 0 ? lines : [...lines, clipped(`   … ${left} more: wnm --report health`, columns)];
}

const cutToLine = (text: string, columns: number): readonly string[] => [clipped(text, columns)];

/** The newest events; the same event of several nodes within a minute takes one line. */
export function eventBlock(
  events: readonly ColonyEvent[],
  most: number,
  { columns }: Style,
): readonly string[] {
  const groups = groupsOf(notableEvents(events));
  const shown = most < 1 ? [] : groups.slice(-most);
  const kinds = Math.max(0, ...shown.map(([{ kind }]) => kind.length));
  const names = Math.max(0, ...shown.map((group) => nameOf(group).length));
  const lines = shown.map((group) => {
    const [{ at, kind, reason }] = group;
    const cells = [timeOf(at), padded(kind, kinds), padded(nameOf(group), names), oneLine(reason)];
    return clipped(`   ${cells.join("  ")}`.trimEnd(), columns);
  });
  const left = groups.length - shown.length;
  return left <= 0 ? lines : [...lines, clipped(`   … ${left} more: wnm --report history`, columns)];
}

type Group = readonly [ColonyEvent, ...ColonyEvent[]];

function groupsOf(events: readonly ColonyEvent[]): readonly Group[] {
  const groups: [ColonyEvent, ...ColonyEvent[]][] = [];
  for (const event of events) {
    const last = groups.at(-1);
    const joins =
      last !== undefined &&
      event.node !== undefined &&
      last[0].node !== undefined &&
      last[0].kind === event.kind &&
      event.at - last[0].at < 60 &&
      // Two equal events of one node stay separate.
      last.every(({ node }) => node !== event.node);
    if (joins) last.push(event);
    else groups.push([event]);
  }
  return groups;
}

const nameOf = ([first, ...others]: Group): string => {
  if (first.node === undefined) return "";
  return others.length === 0 ? nodeLabel({ id: first.node }) : `${others.length + 1} nodes`;
};

/** "03:14", local time. */
export function timeOf(at: Seconds): string {
  const moment = new Date(at * 1000);
  return [moment.getHours(), moment.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}
