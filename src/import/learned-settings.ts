import { dirname } from "node:path";
import { type ManagerKind, nodeLabel } from "../model/node.ts";
import { MACHINE_SETTINGS } from "../settings/machine.ts";
import { readAntNodeArguments } from "../software/ant-node-arguments.ts";
import type { Adoptable } from "./adoptable.ts";

/** Values of node_log_level other than the default. */
const LEVELS: ReadonlySet<string> = new Set(["error", "warn", "debug", "trace"]);

const DEFAULT_CAP = Number(MACHINE_SETTINGS.node_cap.default);

/** Settings derived from the nodes, by name, as text. Adds what the nodes disagree about to `problems`. Pure. */
export function learnedSettings(
  manager: ManagerKind,
  nodes: readonly Adoptable[],
  given: ReadonlyMap<string, string>,
  problems: string[],
): ReadonlyMap<string, string> {
  const learned = new Map<string, string>([["process_manager", manager]]);
  const learn = (name: string, value: string | undefined) => {
    if (value !== undefined && !given.has(name)) learned.set(name, value);
  };
  for (const [name, portOf] of [
    ["port_start", (node: Adoptable) => node.port],
    ["metrics_port_start", (node: Adoptable) => node.metrics_port],
  ] as const) {
    if (given.has(name)) continue;
    // Imported ant-nodes keep their ports; new nodes get ports from the default block.
    const legacy = nodes.filter(({ software }) => software === "antnode");
    const block = commonBlock(legacy.length === 0 ? nodes : legacy, portOf);
    if (typeof block === "number") learn(name, String(block));
    else if (legacy.length > 0) problems.push(`${name}: ${block}`);
  }
  const rpc = commonBlock(nodes, (node) => node.rpc_port ?? 0);
  if (typeof rpc === "number" && rpc > 0) learn("rpc_port_start", String(rpc));
  learn("rewards_address", walletOf(nodes, given, problems));
  learn("node_storage", mostCommon(nodes.map(({ root_dir }) => dirname(root_dir))));
  if (nodes.some(({ args }) => args.no_upnp)) learn("no_upnp", "true");
  learn("node_log_level", logLevel(nodes));
  if (nodes.length > DEFAULT_CAP) learn("node_cap", String(nodes.length));
  if (Number(given.get("node_cap") ?? nodes.length) < nodes.length) {
    problems.push(
      `--node_cap ${given.get("node_cap")} is below the ${nodes.length} nodes found; wnm would stop and remove the others`,
    );
  }
  return learned;
}

/** The port block if every port is block * 1000 + the node's number; otherwise a sentence listing who has which. */
function commonBlock(
  nodes: readonly Adoptable[],
  portOf: (node: Adoptable) => number | undefined,
): number | string | undefined {
  const blocks = Map.groupBy(nodes, (node) => ((portOf(node) ?? 0) - node.id) / 1000);
  const [only] = blocks.keys();
  if (blocks.size === 1 && Number.isInteger(only)) return only;
  const found = [...blocks].map(([block, same]) => {
    const who = same
      .slice(0, 5)
      .map((node) => `${nodeLabel(node)} ${portOf(node)}`)
      .join(", ");
    const more = same.length > 5 ? ` and ${same.length - 5} more` : "";
    return `${Number.isInteger(block) ? `block ${block}` : "no block"}: ${who}${more}`;
  });
  return `the nodes disagree (${found.join("; ")}); give it for new nodes, these keep their ports`;
}

/** The log level that all ant-nodes share, unless it is the default. */
function logLevel(nodes: readonly Adoptable[]): string | undefined {
  const levels = new Set(
    nodes
      .filter(({ software }) => software === "ant-node")
      .map(({ found }) => readAntNodeArguments(found.args, found.env).log_level?.toLowerCase()),
  );
  const [only] = levels;
  return levels.size === 1 && only !== undefined && LEVELS.has(only) ? only : undefined;
}

function walletOf(
  nodes: readonly Adoptable[],
  given: ReadonlyMap<string, string>,
  problems: string[],
): string | undefined {
  const wallets = Map.groupBy(
    nodes.filter(({ wallet }) => wallet !== undefined),
    ({ wallet }) => (wallet ?? "").toLowerCase(),
  );
  if (wallets.size > 1 && !given.has("rewards_address")) {
    const found = [...wallets].map(([wallet, same]) => `${same.length} pay ${wallet}`).join(", ");
    problems.push(`rewards_address: the nodes disagree (${found}); give it for new nodes, these keep theirs`);
  }
  return wallets.size === 1 ? nodes.find(({ wallet }) => wallet !== undefined)?.wallet : undefined;
}

/** The most frequent value; the first of equally frequent ones. */
const mostCommon = (values: readonly string[]): string | undefined =>
  [...Map.groupBy(values, (value) => value)].toSorted((a, b) => b[1].length - a[1].length)[0]?.[0];
