import type { Score } from "./score.ts";

/** What one set of rules came to in a scenario, on average over the seeds. */
export type Row = { readonly scenario: string; readonly rules: string; readonly scores: readonly Score[] };

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const shown = (value: number): string => (Number.isFinite(value) ? value.toFixed(value >= 20 ? 0 : 1) : "-");

const average =
  (name: Exclude<keyof Score, "back_after">) =>
  (scores: readonly Score[]): string =>
    shown(mean(scores.map((score) => score[name])));

const COLUMNS: readonly (readonly [string, (scores: readonly Score[]) => string])[] = [
  ["running", average("running")],
  ["up >= 24 h", average("up_day")],
  ["starts a day", average("starts_a_day")],
  ["back and forth a day", average("flips_a_day")],
  ["minutes over a line a day", average("over_a_day")],
  ["most minutes above 95 % memory", average("stuck")],
  ["removed", average("removals")],
  ["GiB", average("removed_gib")],
  ["back after, min", (scores) => shown(mean(scores.map(({ back_after }) => back_after ?? Number.NaN)))],
  ["90 % after, h", (scores) => shown(mean(scores.map(({ grown_after }) => grown_after / 60)))],
];

/** The rows as a table in Markdown. */
export function markdownTable(rows: readonly Row[]): string {
  const head = ["scenario", "rules", ...COLUMNS.map(([name]) => name)];
  const cells = rows.map(({ scenario, rules, scores }) => [
    scenario,
    rules,
    ...COLUMNS.map(([, value]) => value(scores)),
  ]);
  const lines = [head, head.map(() => "---"), ...cells];
  return lines.map((line) => `| ${line.join(" | ")} |\n`).join("");
}
