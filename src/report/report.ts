import type { Snapshot } from "../decide/snapshot.ts";
import { totalsOf } from "../decide/totals.ts";
import type { Finding } from "../model/finding.ts";
import type { Node, NodeId, Seconds } from "../model/node.ts";
import type { RunRecord } from "../model/run-record.ts";
import type { MachineConfig, SettingName } from "../settings/machine.ts";
import type { Format, FormatOf, ReportName } from "../settings/reports.ts";
import { type Chronicle, historyCsv, historyJson, historyText } from "./history.ts";
import { influxNtracking, influxResources } from "./influx.ts";
import { machineConfig, machineConfigText, machineConfigToRead } from "./machine-config.ts";
import { machineMetrics } from "./machine-metrics.ts";
import type { NodeRow } from "./node-cells.ts";
import { nodeDetailsJson, nodeDetailsText } from "./node-details.ts";
import { nodeStatusJson, nodeStatusText } from "./node-status.ts";
import { nodesAskedFor, nodeTableJson, nodeTableText, type TableRequest } from "./node-table.ts";
import { type Overview, overviewJson } from "./overview.ts";
import { overviewText } from "./overview-text.ts";
import { type PageFacts, pageHtml } from "./page/page.ts";
import type { Style } from "./paint.ts";
import { pairsConfig, pairsEnv, pairsJson, pairsText } from "./pairs.ts";
import { prometheus } from "./prometheus.ts";
import type { PrometheusFacts } from "./prometheus-facts.ts";
import { type Explanation, explanationText } from "./why.ts";
import { type ColonyExplanation, colonyText } from "./why-colony.ts";

/** What reports are written from. `snapshot` looks at the machine, and is called only by reports that need it. */
export type ReportSource = {
  readonly config: MachineConfig;
  /** Settings that cannot be read, each with what is stored. */
  readonly unreadable: ReadonlyMap<SettingName, string>;
  readonly cpu_count: number;
  readonly database: string;
  readonly nodes: readonly Node[];
  readonly now: Seconds;
  /** When the nodes were last asked; undefined: never. */
  readonly surveyed_at: Seconds | undefined;
  readonly version: string;
  readonly run: () => RunRecord | undefined;
  /** What is wrong, the worst first. */
  readonly findings: () => readonly Finding[];
  readonly snapshot: () => Promise<Snapshot>;
  readonly counted: () => Pick<PrometheusFacts, "totals" | "earned_day">;
  /** How the colony is. */
  readonly overview: () => Promise<Overview>;
  readonly page: () => Promise<PageFacts>;
  /** How a text is laid out where it goes. */
  readonly style: Style;
  /** What the table of nodes shows; undefined: it is as Python wnm prints it. */
  readonly table: TableRequest | undefined;
  /** What happened, as far as the call asks for it. */
  readonly chronicle: () => Chronicle;
  /** Why the nodes that the call names are as they are; without names, the colony. */
  readonly why: () => Promise<readonly Explanation[] | ColonyExplanation>;
};

/** Reports that are written from a `ReportSource`. */
export type WrittenReport = Exclude<ReportName, "health" | "doctor">;

type Write = (source: ReportSource) => string | readonly string[] | Promise<string>;

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
/** The snapshot with only the nodes asked for. */
const measured = async (source: ReportSource): Promise<Snapshot> => ({
  ...(await source.snapshot()),
  nodes: source.nodes,
});

/** With the moment of the survey for now: a point of a time series is of then. */
const atSurvey = <T extends { readonly now: Seconds }>(
  colony: T,
  { surveyed_at }: Pick<ReportSource, "surveyed_at">,
): T => ({ ...colony, now: Math.min(colony.now, surveyed_at ?? colony.now) });

const whyText = (why: readonly Explanation[] | ColonyExplanation, now: Seconds): string =>
  "node_cap" in why ? colonyText(why, now) : why.map((one) => explanationText(one, now)).join("\n");

/** A function for each format that the row of the report names. */
const WRITERS: { readonly [R in WrittenReport]: { readonly [F in FormatOf<R>]: Write } } = {
  overview: {
    text: async (source) => overviewText(await source.overview(), source.style),
    json: async (source) => json(overviewJson(await source.overview())),
  },
  page: { text: async (source) => pageHtml(await source.page()) },
  "node-status": {
    text: (source) =>
      source.table === undefined
        ? nodeStatusText(source.nodes, source)
        : nodeTableText(rowsOf(source), source, source.table, source.style),
    json: (source) => json(nodeStatusOf(source)),
  },
  "node-status-details": {
    text: (source) => nodeDetailsText(source.nodes, source),
    json: (source) => json(nodeDetailsJson(source.nodes, source)),
  },
  "influx-resources": { text: (source) => influxResources(atSurvey(source, source)) },
  "influx-ntracking": { text: async (source) => influxNtracking(atSurvey(await measured(source), source)) },
  "machine-config": {
    text: (source) => pairsText(machineConfigText(source.config, source)),
    json: (source) => json(pairsJson(machineConfig(source.config, source))),
    env: (source) => pairsEnv(machineConfigToRead(source.config, source)),
    config: (source) => pairsConfig(machineConfigToRead(source.config, source)),
  },
  "machine-metrics": {
    text: async (source) => pairsText(machineMetrics(await source.snapshot())),
    json: async (source) => json(pairsJson(machineMetrics(await source.snapshot()))),
    env: async (source) => pairsEnv(machineMetrics(await source.snapshot())),
  },
  history: {
    text: (source) => historyText(source.chronicle()),
    json: (source) => historyJson(source.chronicle()),
    csv: (source) => historyCsv(source.chronicle()),
  },
  why: {
    text: async (source) => whyText(await source.why(), source.now),
    json: async (source) => json(await source.why()),
  },
  prometheus: {
    text: async (source) =>
      prometheus({
        snapshot: await measured(source),
        run: source.run(),
        version: source.version,
        findings: source.findings(),
        surveyed_at: source.surveyed_at,
        ...source.counted(),
      }),
  },
};

/** JSON as Python wnm has it, of the nodes asked for, unless columns are asked for. */
function nodeStatusOf(source: ReportSource): unknown {
  const { table, nodes } = source;
  if (table === undefined) return nodeStatusJson(nodes, source);
  const rows = rowsOf(source);
  return table.columns === undefined
    ? nodeStatusJson(nodesAskedFor(rows, table), source)
    : nodeTableJson(rows, table);
}

/** The nodes with their counters, which only a table shows. */
function rowsOf({ nodes, counted }: ReportSource): readonly NodeRow[] {
  const { totals } = counted();
  return nodes.map((node) => ({ ...node, ...totalsOf(totals, node.id) }));
}

type Asked = {
  readonly report: WrittenReport;
  readonly format: Format;
  readonly ids: readonly NodeId[] | undefined;
};

/** Writes the report in pieces, of the nodes asked for. A format that the report does not have gives its text. */
export async function writeReport(asked: Asked, source: ReportSource): Promise<readonly string[]> {
  const nodes = source.nodes.filter((node) => asked.ids?.includes(node.id) ?? true);
  const writers: { readonly text: Write } & { readonly [F in Format]?: Write } = WRITERS[asked.report];
  const written = await (writers[asked.format] ?? writers.text)({ ...source, nodes });
  return typeof written === "string" ? [written] : written;
}
