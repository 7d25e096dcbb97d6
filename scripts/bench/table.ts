import type { Measured } from "./measure.ts";

/** The results of one case. */
export type CaseResult = {
  readonly name: string;
  readonly nodes: number | undefined;
  readonly fault: string | undefined;
  readonly measured: readonly Measured[];
};

const HEADER = [
  "case",
  "nodes",
  "5 % are",
  "program",
  "× wnm",
  "× hello",
  "wall ms",
  "CPU ms",
  "peak MiB",
  "children",
  "rounds",
];

/** A Markdown table, the ratios first: of wall times within the case. */
export function markdownTable(results: readonly CaseResult[]): string {
  const rows = results.flatMap((result) => result.measured.map((measured) => rowOf(result, measured)));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = HEADER.map((_, column) => (column === 0 || column === 2 || column === 3 ? "---" : "---:"));
  return [line(HEADER), line(rule), ...rows.map(line)].join("\n");
}

function rowOf(result: CaseResult, measured: Measured): readonly string[] {
  const wallOf = (name: string) => result.measured.find((other) => other.name === name)?.wall_ms;
  const ratio = (to: number | undefined) => (to === undefined ? undefined : measured.wall_ms / to);
  const figures =
    measured.problem === undefined
      ? [
          figure(ratio(wallOf("wnm")), 2),
          figure(ratio(wallOf("hello")), 2),
          figure(measured.wall_ms, 1),
          figure(measured.cpu_ms, 1),
          figure(measured.rss_mib, 0),
          figure(measured.children, 0),
          String(measured.rounds),
        ]
      : [measured.problem.replaceAll("|", "/"), "", "", "", "", "", "0"];
  return [result.name, String(result.nodes ?? ""), result.fault ?? "", measured.name, ...figures];
}

const figure = (value: number | undefined, digits: number): string =>
  value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(digits);
