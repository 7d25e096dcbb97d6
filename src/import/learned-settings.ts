import { dirname } from "node:path";
import { type ManagerKind, nodeLabel } from "../model/node.ts";
import { MACHINE } from "../settings/machine.ts";
import type { Adoptable } from "./adopt.ts";

const DEFAULT_CAP = Number(MACHINE.node_cap.default);

/** The settings that follow from the nodes, by name, as text; what they disagree about is added to `problems`. Pure. */
export function learnedFrom(
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
    const block = commonBlock(nodes, portOf);
    if (typeof block === "number") learn(name, String(block));
    else problems.push(`${name}: ${block}`);
  }
  const rpc = commonBlock(nodes, (node) => node.rpc_port ?? 0);
  if (typeof rpc === "number" && rpc > 0) learn("rpc_port_start", String(rpc));
  learn("rewards_address", walletOf(nodes, given, problems));
  learn("node_storage", mostCommon(nodes.map(({ root_dir }) => dirname(root_dir))));
  if (nodes.some(({ args }) => args.no_upnp)) learn("no_upnp", "true");
  if (nodes.length > DEFAULT_CAP) learn("node_cap", String(nodes.length));
  if (Number(given.get("node_cap") ?? nodes.length) < nodes.length) {
    problems.push(
      `--node_cap ${given.get("node_cap")} is below the ${nodes.length} nodes that are there; wnm would stop and remove the others`,
    );
  }
  return learned;
}

/** The thousands block that all ports are of, when each is block * 1000 + number; else who has which. */
function commonBlock(
  nodes: readonly Adoptable[],
  portOf: (node: Adoptable) => number,
): number | string | undefined {
  const blocks = Map.groupBy(nodes, (node) => (portOf(node) - node.id) / 1000);
  const [only] = blocks.keys();
  if (blocks.size === 1 && Number.isInteger(only)) return only;
  const told = [...blocks].map(([block, same]) => {
    const who = same
      .slice(0, 5)
      .map((node) => `${nodeLabel(node)} ${portOf(node)}`)
      .join(", ");
    const more = same.length > 5 ? ` and ${same.length - 5} more` : "";
    return `${Number.isInteger(block) ? `block ${block}` : "no block"}: ${who}${more}`;
  });
  return `the nodes disagree (${told.join("; ")}); give it for the nodes to come, these keep the ports they have`;
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
    const told = [...wallets].map(([wallet, same]) => `${same.length} pay ${wallet}`).join(", ");
    problems.push(
      `rewards_address: the nodes disagree (${told}); give it for the nodes to come, these keep theirs`,
    );
  }
  return wallets.size === 1 ? nodes.find(({ wallet }) => wallet !== undefined)?.wallet : undefined;
}

/** The value that occurs most often, of several the first. */
const mostCommon = (values: readonly string[]): string | undefined =>
  [...Map.groupBy(values, (value) => value)].toSorted((a, b) => b[1].length - a[1].length)[0]?.[0];

/** Flags that all nodes have beyond those that wnm gives, as one line for start_args. `knows` tells the program's flags. */
export function commonExtras(
  nodes: readonly Adoptable[],
  knows: (flag: string) => boolean,
): string | undefined {
  const [first, ...rest] = nodes;
  const common = (first?.args.extra ?? []).filter(
    ([flag = "", ...value]) =>
      knows(flag) &&
      rest.every(({ args }) => args.extra.some((other) => Bun.deepEquals(other, [flag, ...value]))),
  );
  return common.length === 0 ? undefined : common.flat().map(quoted).join(" ");
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replace(/[\\"]/g, "\\$&")}"`;
