import { basename } from "node:path";
import { MANAGER_KINDS, type ManagerKind, type NodeId } from "../model/node.ts";
import type { Finds, Found, LeftOut } from "../process/found.ts";
import { type NodeArguments, readNodeArguments, runsAntnode } from "../process/node-arguments.ts";
import { learnedFrom } from "./learn.ts";

/** A node that was found and can be taken as it is. */
export type Adoptable = {
  readonly id: NodeId;
  readonly found: Found;
  readonly args: NodeArguments;
  readonly root_dir: string;
  readonly port: number;
  readonly metrics_port: number;
  readonly rpc_port: number | undefined;
  readonly network: string;
  readonly wallet: string | undefined;
};

/** What the nodes that were found make a colony of. */
export type Adoption = {
  readonly manager: ManagerKind;
  readonly nodes: readonly Adoptable[];
  readonly left_out: readonly LeftOut[];
  /** Settings that follow from the nodes, by name, as text. */
  readonly learned: ReadonlyMap<string, string>;
  /** What has to be settled by hand first; with any of these nothing is taken. */
  readonly problems: readonly string[];
};

/** Settings that were given by hand, and what the disk says. */
export type Circumstances = {
  readonly given: ReadonlyMap<string, string>;
  readonly hasFolder: (path: string) => boolean;
  /** The database of the colony that the node in this folder belongs to already, if it does. */
  readonly colonyOf: (root_dir: string) => string | undefined;
};

/** Makes one colony of all that was found, or says what the nodes disagree about. Pure but for what is asked of the disk. */
export function adopt(finds: Finds, circumstances: Circumstances): Adoption {
  const { given } = circumstances;
  const left_out: LeftOut[] = [...finds.left_out];
  const known = new Map<string, Candidate>();
  const asked = given.get("process_manager");
  for (const found of finds.found) {
    const args = readNodeArguments(found.args);
    const { root_dir } = args;
    if (root_dir !== undefined && known.has(root_dir)) continue;
    const because = runsAntnode(found.program, found.args)
      ? reasonToLeave(root_dir, circumstances)
      : `it runs ${found.program}, no antnode`;
    if (because !== undefined) left_out.push({ source: found.source, because });
    else if (root_dir !== undefined) known.set(root_dir, { found: asAsked(found, asked), args, root_dir });
  }
  const kinds = [...new Set([...known.values()].map(({ found }) => found.manager))];
  const manager = kinds.find((kind) => kind === asked) ?? (asked === undefined ? kinds[0] : undefined);
  if (manager === undefined) {
    return { manager: "systemd+user", nodes: [], left_out, learned: new Map(), problems: [] };
  }
  const problems: string[] = [];
  if (asked === undefined && kinds.length > 1) problems.push(ofSeveralManagers([...known.values()], kinds));
  const nodes: Adoptable[] = [];
  for (const one of known.values()) {
    if (one.found.manager !== manager) {
      left_out.push({ source: one.found.source, because: `it is run by ${one.found.manager}` });
      continue;
    }
    const read = adoptable(one);
    if (typeof read === "string") problems.push(`${one.found.source}: ${read}`);
    else nodes.push(read);
  }
  nodes.sort((a, b) => a.id - b.id);
  problems.push(...clashes(nodes));
  const learned = learnedFrom(manager, nodes, given, problems);
  return { manager, nodes, left_out, learned, problems };
}

type Candidate = { readonly found: Found; readonly args: NodeArguments; readonly root_dir: string };

function reasonToLeave(
  root_dir: string | undefined,
  { hasFolder, colonyOf }: Circumstances,
): string | undefined {
  if (root_dir === undefined) return "it names no --root-dir";
  if (!hasFolder(root_dir)) return `its folder ${root_dir} is not there`;
  const database = colonyOf(root_dir);
  return database === undefined ? undefined : `it belongs to the colony of ${database}`;
}

/** Managers that run the nodes of another one: antctl+zen is another way to call antctl. */
const RUNS_THOSE_OF: Partial<Record<ManagerKind, ManagerKind>> = { "antctl+zen": "antctl+user" };

function asAsked(found: Found, asked: string | undefined): Found {
  const manager = MANAGER_KINDS.find((kind) => kind === asked);
  return manager !== undefined && RUNS_THOSE_OF[manager] === found.manager ? { ...found, manager } : found;
}

function adoptable({ found, args, root_dir }: Candidate): Adoptable | string {
  const number = found.number ?? numberIn(basename(root_dir)) ?? numberIn(found.service ?? "");
  const port = found.ports?.port ?? args.port;
  const metrics_port = found.ports?.metrics_port ?? args.metrics_port;
  const [network, ...words] = args.network;
  if (number === undefined || number === 0) return `neither its folder ${root_dir} nor its name has a number`;
  if (port === undefined) return "its port is not known: its command line names none";
  if (metrics_port === undefined)
    return "it has no metrics port, so it cannot be watched; add --enable-metrics-server --metrics-server-port";
  if (network === undefined || words.length > 0 || network === "evm-custom")
    return `wnm cannot start it again on its network (${args.network.join(" ") || "none named"})`;
  return {
    id: number as NodeId,
    found,
    args,
    root_dir,
    port,
    metrics_port,
    rpc_port: found.ports?.rpc_port ?? args.rpc_port,
    network,
    wallet: args.wallet,
  };
}

/** The number that a name ends in: antnode0001, antnode1.service and com.autonomi.antnode-1 are 1. */
const numberIn = (name: string): number | undefined => {
  const digits = /(\d{1,6})(?:\.(?:service|plist))?$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

const ofSeveralManagers = (
  found: readonly { readonly found: Found }[],
  kinds: readonly ManagerKind[],
): string => {
  const counts = kinds.map((kind) => {
    const of = found.filter((one) => one.found.manager === kind);
    return `${of.length} by ${kind} (${of[0]?.found.source}${of.length > 1 ? " …" : ""})`;
  });
  return `the nodes are run by several managers: ${counts.join(", ")}; give --process_manager with the one whose nodes are to be taken`;
};

function clashes(nodes: readonly Adoptable[]): readonly string[] {
  const told: string[] = [];
  const tell = (what: string, keyOf: (node: Adoptable) => number) => {
    for (const [key, same] of Map.groupBy(nodes, keyOf)) {
      if (same.length > 1)
        told.push(`${what} ${key} belongs to several: ${same.map(({ root_dir }) => root_dir).join(", ")}`);
    }
  };
  tell("number", (node) => node.id);
  tell("port", (node) => node.port);
  tell("metrics port", (node) => node.metrics_port);
  return told;
}
