import { basename, normalize } from "node:path";
import type { NodeId } from "../model/node.ts";
import { NODE_ACCOUNT } from "../os/elevation.ts";
import type { FoundNode } from "../process/contract/found-node.ts";
import { type AntNodeArguments, readAntNodeArguments } from "../software/ant-node-arguments.ts";
import type { Adoptable, Candidate } from "./adoptable.ts";

const WALLET = /^0x[0-9a-fA-F]{40}$/;
const CONTROL = /\p{Cc}/u;
/** Higher numbers have no port in their block. */
const HIGHEST_NUMBER = 9_999;

/**
 * Reads the command line of a found ant-node; returns a reason if wnm could not take the node over. A config file written
 * by wnm is accepted, because it comes from a colony whose database was lost.
 */
export function antNodeArguments(
  found: FoundNode,
  hasWnmsConfig: (root_dir: string, config: string) => boolean,
): AntNodeArguments | string {
  const args = readAntNodeArguments(found.args, found.env);
  const { root_dir, config, log_dir, wallet, network } = args;
  if (found.obstacle !== undefined) return found.obstacle;
  if (root_dir === undefined) return "it has no --root-dir";
  if ([root_dir, log_dir ?? "", found.program].some((path) => CONTROL.test(path)))
    return "a path of it holds a control character";
  if (!root_dir.startsWith("/") || normalize(root_dir) !== root_dir)
    return `its folder ${root_dir} is not a full, plain path`;
  if (config !== undefined && !hasWnmsConfig(root_dir, config))
    return `it has a config file of its own, ${config}, and wnm gives it another`;
  if (found.manager.endsWith("+sudo") && found.user !== NODE_ACCOUNT)
    return `it runs as the account ${found.user ?? "root"}, and wnm has the machine's units run as ${NODE_ACCOUNT}`;
  if (wallet !== undefined && !WALLET.test(wallet)) return `its rewards address ${wallet} is not an address`;
  if (network[0] !== "arbitrum-one" && network[0] !== "arbitrum-sepolia")
    return `wnm cannot start it again on its network (${network[0]})`;
  if (isRunning(found) && args.port === undefined && found.ports?.port === undefined)
    return "its port is not known: its command line names none, and its sockets cannot be inspected";
  return args;
}

const isRunning = (found: FoundNode): boolean => found.process?.state === "running";

/** An importable node without a number in this colony. `wish`: its number at its manager, or in its name. */
export type Unnumbered = Omit<Adoptable, "id"> & { readonly wish: number | undefined };

/** Describes how a found ant-node would be imported. Pure. */
export const adoptableAntNode = ({ found, software, args, root_dir }: Candidate): Unnumbered => ({
  found,
  software,
  args,
  root_dir,
  wish: found.number ?? numberIn(basename(root_dir)) ?? numberIn(found.service ?? ""),
  port: args.port ?? found.ports?.port,
  metrics_port: args.metrics_port,
  rpc_port: args.rpc_port,
  network: args.network[0] ?? "",
  wallet: args.wallet,
  own_flags: {},
  lost_flags: [],
  new_flags: [],
});

/** The number in antnode0001, ant-node-1.service, node-1 or node1; other names may end in digits by chance. */
const numberIn = (name: string): number | undefined => {
  const digits = /^(?:ant-?)?node[-_]?(\d{1,6})(?:\.service)?$/i.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** Assigns each node the number in its name if that is free, else the lowest free one. Pure. */
export function numbered(nodes: readonly Unnumbered[], taken: ReadonlySet<number>): readonly Adoptable[] {
  const used = new Set(taken);
  const ids = new Map<Unnumbered, number>();
  for (const node of nodes) {
    const { wish } = node;
    if (wish === undefined || wish < 1 || wish > HIGHEST_NUMBER || used.has(wish)) continue;
    used.add(wish);
    ids.set(node, wish);
  }
  let free = 1;
  return nodes.map((node) => {
    const { wish: _, ...rest } = node;
    const own = ids.get(node);
    if (own !== undefined) return { ...rest, id: own as NodeId };
    while (used.has(free)) free++;
    used.add(free);
    return { ...rest, id: free as NodeId };
  });
}
