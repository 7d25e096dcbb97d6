import type { Snapshot } from "../decide/snapshot.ts";
import { WnmError } from "../errors.ts";
import type { Node, NodeId, Seconds } from "../model/node.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { machineConfig, type Pairs } from "./machine-config.ts";
import { machineMetrics } from "./machine-metrics.ts";
import { nodeStatusJson, nodeStatusText } from "./node-status.ts";
import { pairsJson, pairsText } from "./pairs.ts";

/** What reports are written from; the snapshot is measured only for those that need it. */
export type ReportSource = {
  readonly config: MachineConfig;
  readonly cpu_count: number;
  readonly database: string;
  readonly nodes: readonly Node[];
  readonly now: Seconds;
  readonly snapshot: () => Promise<Snapshot>;
};

type Asked = {
  readonly report: string;
  readonly format: string;
  readonly ids: readonly NodeId[] | undefined;
};

/** The report as it goes to standard output. Throws WnmError for one that this wnm cannot write. */
export async function writeReport(asked: Asked, source: ReportSource): Promise<string> {
  const nodes = source.nodes.filter((node) => asked.ids?.includes(node.id) ?? true);
  const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
  const pairs = (made: Pairs) => (asked.format === "json" ? json(pairsJson(made)) : pairsText(made));
  switch (asked.report) {
    case "node-status":
      return asked.format === "json" ? json(nodeStatusJson(nodes)) : nodeStatusText(nodes, source.now);
    case "machine-config":
      return pairs(machineConfig(source.config, source.cpu_count, source.database));
    case "machine-metrics":
      return pairs(machineMetrics(await source.snapshot()));
    default:
      throw new WnmError(`--report ${asked.report} is not part of this wnm yet`);
  }
}
