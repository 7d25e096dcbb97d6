import { basename } from "node:path";
import { counted, echoed, escapeControls } from "../base/text.ts";
import type { Node } from "../model/node.ts";
import { nodeLabel } from "../model/node.ts";
import { NODE_FOLDER, strangersIn } from "../os/files/removable-folder.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { isNodesOwn } from "../software/own-names.ts";
import type { Adoption } from "./adopt.ts";
import type { Joining } from "./adopt-later.ts";
import { leftOutLines } from "./left-out-lines.ts";

/** The text of an import or its dry run. */
export function importText(
  adoption: Adoption,
  nodes: readonly Node[],
  config: MachineConfig,
  database: string,
): string {
  const learned = Object.keys(Object.fromEntries(adoption.learned)) as readonly (keyof MachineConfig)[];
  return [
    `${counted(nodes.length, "node")}, run by ${adoption.manager}:`,
    ...nodeLines(adoption, nodes),
    "Settings that follow from them:",
    ...learned.map((name) => `  ${name} ${config[name]}`),
    ...linesOfLeftOut(adoption),
    `Database: ${database}`,
    "",
  ].join("\n");
}

/** The text of nodes that join, or would join, an existing colony. */
export function joinText(joining: Joining, nodes: readonly Node[], before: number, dry_run: boolean): string {
  const { already } = joining;
  const known =
    already === 0 ? "" : ` (${already} of those that were found ${already === 1 ? "is" : "are"} in it)`;
  const verb = dry_run ? `would join the ${before} of this colony` : `joined the ${before} of this colony`;
  return [
    nodes.length === 0
      ? `No node joins this colony${known}.`
      : `${nodes.length} ${nodes.length === 1 ? "node" : "nodes"} ${verb}${known}:`,
    ...nodeLines(joining, nodes),
    ...linesOfLeftOut(joining),
    "",
  ].join("\n");
}

function nodeLines(adoption: Adoption, nodes: readonly Node[]): readonly string[] {
  const adopted = new Map(adoption.nodes.map((one) => [one.id, one]));
  return nodes.flatMap((node) => {
    const { found, lost_flags = [], new_flags = [] } = adopted.get(node.id) ?? {};
    return [
      `  ${nodeLabel(node)}  ${node.status}${node.pid === undefined ? "" : `, process ${node.pid}`}, version ${node.version ?? "unknown"}, port ${node.port}, metrics port ${node.metrics_port}, ${node.network}`,
      `    folder ${node.root_dir}`,
      `    wallet ${node.wallet ?? "unknown"}, peer id ${node.peer_id ?? "unknown"}, created ${new Date(node.born_at * 1000).toISOString()}`,
      `    found in ${found?.source}`,
      ...flagLine("without", lost_flags),
      ...flagLine("with", new_flags),
      ...keptLine(node.root_dir),
    ];
  });
}

/** Describes how the node's flags change at its next start, because start_args applies to all nodes. */
const flagLine = (how: "with" | "without", flags: readonly string[]): readonly string[] =>
  flags.length === 0 ? [] : [`    from its next start on ${how} ${escapeControls(flags.join(", "))}`];

/** A line if wnm would not delete the node's folder, because of a file that no node creates. */
function keptLine(root_dir: string): readonly string[] {
  const [stranger] = NODE_FOLDER.test(basename(root_dir)) ? [] : strangersIn(root_dir, isNodesOwn);
  return stranger === undefined
    ? []
    : [`    wnm does not delete its folder while it holds ${echoed(stranger)}, which no node creates`];
}

const linesOfLeftOut = ({ left_out }: Adoption): readonly string[] =>
  left_out.length === 0 ? [] : ["Left out:", ...leftOutLines(left_out).map((line) => `  ${line}`)];

/** The same as one JSON document. */
export const importJson = (
  adoption: Adoption,
  nodes: readonly Node[],
  database: string,
  more: Readonly<Record<string, unknown>> = {},
): string =>
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
      lost_flags: adoption.nodes.find(({ id }) => id === node.id)?.lost_flags ?? [],
      new_flags: adoption.nodes.find(({ id }) => id === node.id)?.new_flags ?? [],
    })),
    left_out: adoption.left_out,
    ...more,
  })}\n`;
