import type { Snapshot } from "../decide/snapshot.ts";
import type { Node, NodeId, Seconds } from "../model/node.ts";
import type { RunRecord } from "../model/run-record.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { FORMATS, REPORTS } from "../settings/once.ts";
import { influxNtracking, influxResources } from "./influx.ts";
import { machineConfig, machineConfigText } from "./machine-config.ts";
import { machineMetrics } from "./machine-metrics.ts";
import { nodeDetailsJson, nodeDetailsText } from "./node-details.ts";
import { nodeStatusJson, nodeStatusText } from "./node-status.ts";
import { pairsConfig, pairsEnv, pairsJson, pairsText } from "./pairs.ts";
import { prometheus } from "./prometheus.ts";

/** What reports are written from; the snapshot is measured only for those that need it. */
export type ReportSource = {
  readonly config: MachineConfig;
  readonly cpu_count: number;
  readonly database: string;
  readonly nodes: readonly Node[];
  readonly now: Seconds;
  readonly version: string;
  readonly run: () => RunRecord | undefined;
  readonly snapshot: () => Promise<Snapshot>;
};

type ReportName = (typeof REPORTS)[number];
type Format = (typeof FORMATS)[number];
type Writers = { readonly text: (source: ReportSource) => string | Promise<string> } & {
  readonly [F in Exclude<Format, "text">]?: (source: ReportSource) => string | Promise<string>;
};

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
const measured = async (source: ReportSource): Promise<Snapshot> => ({
  ...(await source.snapshot()),
  nodes: source.nodes,
});

/** Every report in the formats that it has; any other format gives its text, as in Python wnm. */
const WRITERS: Readonly<Record<ReportName, Writers>> = {
  "node-status": {
    text: ({ nodes, now }) => nodeStatusText(nodes, now),
    json: ({ nodes }) => json(nodeStatusJson(nodes)),
  },
  "node-status-details": {
    text: ({ nodes, now }) => nodeDetailsText(nodes, now),
    json: ({ nodes }) => json(nodeDetailsJson(nodes)),
  },
  "influx-resources": { text: (source) => influxResources(source) },
  "influx-ntracking": { text: async (source) => influxNtracking(await measured(source)) },
  "machine-config": {
    text: (source) => pairsText(machineConfigText(source.config, source)),
    json: (source) => json(pairsJson(machineConfig(source.config, source))),
    env: (source) => pairsEnv(machineConfigText(source.config, source)),
    config: (source) => pairsConfig(machineConfigText(source.config, source)),
  },
  "machine-metrics": {
    text: async (source) => pairsText(machineMetrics(await source.snapshot())),
    json: async (source) => json(pairsJson(machineMetrics(await source.snapshot()))),
    env: async (source) => pairsEnv(machineMetrics(await source.snapshot())),
  },
  prometheus: {
    text: async (source) => prometheus(await measured(source), source.run(), source.version),
  },
};

type Asked = {
  readonly report: ReportName;
  readonly format: Format;
  readonly ids: readonly NodeId[] | undefined;
};

/** The report as it goes to standard output or into a file. */
export async function writeReport(asked: Asked, source: ReportSource): Promise<string> {
  const nodes = source.nodes.filter((node) => asked.ids?.includes(node.id) ?? true);
  const writers = WRITERS[asked.report];
  return (writers[asked.format] ?? writers.text)({ ...source, nodes });
}
