import type { Node } from "../model/node.ts";
import { nodeLabel } from "../model/node.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Adoption } from "./adopt.ts";
import { leftOutLines } from "./left-out-lines.ts";

/** What an import takes or would take, as text. */
export function importText(
  adoption: Adoption,
  nodes: readonly Node[],
  config: MachineConfig,
  database: string,
): string {
  const sources = new Map(adoption.nodes.map(({ id, found }) => [id, found.source]));
  const learned = Object.keys(Object.fromEntries(adoption.learned)) as readonly (keyof MachineConfig)[];
  return [
    `${nodes.length} nodes, run by ${adoption.manager}:`,
    ...nodes.flatMap((node) => [
      `  ${nodeLabel(node)}  ${node.status}${node.pid === undefined ? "" : `, process ${node.pid}`}, version ${node.version ?? "unknown"}, port ${node.port}, metrics port ${node.metrics_port}, ${node.network}`,
      `    folder ${node.root_dir}`,
      `    wallet ${node.wallet ?? "unknown"}, peer id ${node.peer_id ?? "unknown"}, created ${new Date(node.born_at * 1000).toISOString()}`,
      `    found in ${sources.get(node.id)}`,
    ]),
    "Settings that follow from them:",
    ...learned.map((name) => `  ${name} ${config[name]}`),
    ...(adoption.left_out.length === 0
      ? []
      : ["Left out:", ...leftOutLines(adoption.left_out).map((line) => `  ${line}`)]),
    `Database: ${database}`,
    "",
  ].join("\n");
}

/** The same for programs: one JSON document. */
export const importJson = (adoption: Adoption, nodes: readonly Node[], database: string): string =>
  `${JSON.stringify({
    database,
    process_manager: adoption.manager,
    settings: Object.fromEntries(adoption.learned),
    nodes: nodes.map((node) => ({
      service_name: nodeLabel(node),
      status: node.status,
      pid: node.pid ?? null,
      version: node.version ?? null,
      port: node.port,
      metrics_port: node.metrics_port,
      network: node.network,
      wallet: node.wallet ?? null,
      peer_id: node.peer_id ?? null,
      age: node.born_at,
      root_dir: node.root_dir,
      source: adoption.nodes.find(({ id }) => id === node.id)?.found.source,
    })),
    left_out: adoption.left_out,
  })}\n`;
