import type { NodeDay } from "../../model/days.ts";
import { shownDuration } from "../../model/duration.ts";
import type { ColonyEvent } from "../../model/event.ts";
import { nodeLabel } from "../../model/node.ts";
import { clockTime, isOld } from "../as-of.ts";
import { diskParts, machineParts, nodeParts, severalParts } from "../figure-parts.ts";
import type { Chronicle } from "../history.ts";
import { type Overview, type OverviewFacts, overviewOf } from "../overview.ts";
import { type FindingKind, findingKinds } from "../overview-lists.ts";
import { plainPaint } from "../paint.ts";
import { shownAnt, shownChange, shownCount } from "../shown-figures.ts";
import { type Chart, svgOf } from "./chart.ts";
import { type ChartFacts, chartsOf } from "./charts.ts";
import { escaped } from "./html.ts";
import { STYLE } from "./style.ts";
import { eventTable, nodeTable } from "./tables.ts";

/** What a page is written from. */
export type PageFacts = OverviewFacts &
  ChartFacts & {
    /** The last week of each node. */
    readonly node_days: readonly NodeDay[];
    /** Of the last week, the oldest first. */
    readonly week_events: readonly ColonyEvent[];
    readonly account: Chronicle["account"];
  };

/** Nothing is loaded and nothing runs, whatever a name in the page may hold. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** The page as one HTML document that needs nothing else. Pure apart from the zone of the machine. */
export function pageHtml(facts: PageFacts): string {
  const overview = overviewOf(facts);
  const { host, version, process_manager, now, findings, doing } = overview;
  const rows = chartsOf(overview, facts).map(
    (charts) =>
      `<h3>${escaped(charts[0]?.title ?? "")}</h3>\n${legendOf(charts[0])}<div class="charts">${charts
        .map(
          (chart) =>
            `<figure>${svgOf(chart)}<figcaption>last ${chart.period}: ${escaped(chart.figure)}</figcaption></figure>`,
        )
        .join("\n")}</div>`,
  );
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<link rel="icon" href="data:,">
<title>${escaped(host)} · wnm</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(host)}</h1>
<p>wnm ${escaped(version)} · ${process_manager}</p>
<p>${asOf(overview)}</p>
</header>
<main>
<dl>
${figures(overview)}
</dl>
<p><span class="soft">Now:</span> ${escaped(doing[0] ?? "")}</p>
<h2>Needs you</h2>
${findings.length === 0 ? '<p class="good">nothing</p>' : `<ul>\n${findingKinds(findings, now).map(findingItem).join("\n")}\n</ul>`}
<h2>Charts</h2>
${rows.join("\n")}
<h2>Nodes</h2>
${nodeTable(facts.nodes, facts.node_days, now)}
<h2>Last events</h2>
${eventTable(facts.week_events, facts.account)}
</main>
</body>
</html>
`;
}

const legendOf = (chart: Chart | undefined): string =>
  chart?.legend === undefined ? "" : `<p class="soft">${escaped(chart.legend)}</p>\n`;

function asOf({ surveyed_at, now }: Overview): string {
  if (surveyed_at === undefined) return `written ${clockTime(now).trim()}; no run has asked the nodes yet`;
  const text = `as of ${clockTime(surveyed_at).trim()}`;
  return isOld({ surveyed_at, now })
    ? `<span class="warn">${text}, ${shownDuration(now - surveyed_at)} before this page was written: no run has succeeded since</span>`
    : text;
}

/** The figures of the overview, each in a box. */
function figures({ nodes, earned, records, peers, disk, disks, machine }: Overview): string {
  const added = records.added === undefined ? [] : [`${shownChange(records.added)} in 24 h`];
  const lowest = nodes.lowest === undefined ? [] : [`lowest in 24 h: ${nodes.lowest.up}`];
  const boxes: readonly (readonly [string, readonly string[]])[] = [
    ["Nodes", [...nodeParts(nodes, plainPaint).map((part) => part.replaceAll("  ", " · ")), ...lowest]],
    [
      "Earned",
      [
        `${shownAnt(earned.today)} ANT today`,
        `${shownAnt(earned.week)} in 7 days`,
        `${shownAnt(earned.total)} in all`,
      ],
    ],
    ["Records", [shownCount(records.total), ...added]],
    [
      "Peers",
      peers === undefined
        ? ["unknown"]
        : [`${peers.mean} each`, `least ${peers.least} (${nodeLabel({ id: peers.least_node })})`],
    ],
    ...(disks === undefined
      ? [["Disk", diskParts(disk, plainPaint)] as const]
      : disks.map((one) => ["Disk", severalParts(one, plainPaint)] as const)),
    ["Machine", machineParts(machine, plainPaint)],
  ];
  return boxes
    .map(
      ([name, parts]) =>
        `<div><dt>${name}</dt>${parts.map((part, i) => `<dd${i === 0 ? ' class="first"' : ""}>${escaped(part)}</dd>`).join("")}</div>`,
    )
    .join("\n");
}

function findingItem({ first: { severity, cure }, text }: FindingKind): string {
  const mark = severity === "bad" ? '<span class="bad">✗</span>' : '<span class="warn">!</span>';
  const cured = cure === undefined ? "" : `<span class="soft">→ ${escaped(cure)}</span>`;
  return `<li>${mark} ${escaped(text)}${cured}</li>`;
}
