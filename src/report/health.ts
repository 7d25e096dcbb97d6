import { counted } from "../base/text.ts";
import { type Health, LEVELS, type Level } from "../checks/health.ts";
import type { Finding } from "../model/finding.ts";
import type { Seconds } from "../model/node.ts";

/** Nagios's names of the levels. */
const WORDS: Readonly<Record<Level, string>> = {
  well: "OK",
  warning: "WARNING",
  bad: "CRITICAL",
  unknown: "UNKNOWN",
};

/** "12 s", "4 min", "3 h", "9 days". */
export function duration(seconds: Seconds): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min`;
  if (s < 172_800) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} days`;
}

/** "✗ antnode0007 died … (for 4 min)" and its cure below. */
export function findingLines({ severity, sentence, cure, since }: Finding, now: Seconds): readonly string[] {
  const lasts = since === undefined || now - since < 60 ? "" : ` (for ${duration(now - since)})`;
  const [first = "", ...more] = sentence.split("\n");
  return [
    ` ${severity === "bad" ? "✗" : "!"} ${first}${lasts}`,
    ...more.map((line) => `   ${line}`),
    ...(cure === undefined ? [] : [`   → ${cure}`]),
  ];
}

/** A Nagios status line with performance data after the bar, then each finding with its cure. */
export function healthText(health: Health): string {
  const { findings, now } = health;
  const head = `WNM ${WORDS[health.level]} - ${summary(health)}`.replaceAll("|", "/");
  const lines = findings.flatMap((finding) => findingLines(finding, now));
  return `${[`${head}${figures(health)}`, ...lines].join("\n")}\n`;
}

function summary({ level, findings, colony, now }: Health): string {
  if (colony === undefined) return findings[0]?.sentence ?? "nothing is known about the colony";
  const { nodes, running, silent = 0, last_run } = colony;
  const run = last_run === undefined ? "no run yet" : `last run ${duration(now - last_run.ended_at)} ago`;
  const up = `${running - silent} of ${counted(nodes, "node")} up, ${silent === 0 ? "" : `${silent} silent, `}${run}`;
  const [first, ...others] = findings;
  if (level === "well" || first === undefined) return up;
  return `${first.sentence.split("\n", 1)[0]}${others.length === 0 ? "" : ` (and ${others.length} more)`}; ${up}`;
}

/** Performance data in the format of the Nagios plugin guidelines. */
function figures({ findings, colony, now }: Health): string {
  if (colony === undefined) return "";
  const { nodes, running, last_run } = colony;
  const bad = findings.filter(({ severity }) => severity === "bad").length;
  const run = last_run === undefined ? "" : ` last_run_age=${Math.max(0, now - last_run.ended_at)}s`;
  return ` | nodes=${nodes} running=${running};;;0;${nodes} bad=${bad} warnings=${findings.length - bad}${run}`;
}

/** The same fields as JSON; unknown values are null. */
export function healthJson({ level, findings, colony, now }: Health): string {
  const { nodes, running, last_run } = colony ?? {};
  const report = {
    health: level,
    code: LEVELS[level],
    nodes: nodes ?? null,
    running: running ?? null,
    last_run: last_run?.ended_at ?? null,
    last_run_age: last_run === undefined ? null : now - last_run.ended_at,
    findings,
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
