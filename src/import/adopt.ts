import { basename } from "node:path";
import type { ManagerKind, NodeId } from "../model/node.ts";
import type { FoundNode, FoundNodes, LeftOut } from "../process/contract/found-node.ts";
import { adoptableAntNode, numbered, type Unnumbered } from "./adopt-ant-node.ts";
import type { Adoptable, Candidate } from "./adoptable.ts";
import { type Circumstances, candidates } from "./candidates.ts";
import { learnedSettings } from "./learned-settings.ts";

/** A colony made from found nodes. */
export type Adoption = {
  readonly manager: ManagerKind;
  readonly nodes: readonly Adoptable[];
  readonly left_out: readonly LeftOut[];
  /** Settings derived from the nodes, by name, as text. */
  readonly learned: ReadonlyMap<string, string>;
  /** Conflicts that the operator must resolve; nothing is imported while there are any. */
  readonly problems: readonly string[];
};

/** Combines the found nodes into one colony, or reports what they disagree about. Pure apart from `circumstances`. */
export function adopt(finds: FoundNodes, circumstances: Circumstances): Adoption {
  const { given } = circumstances;
  const { known, left_out } = candidates(finds, circumstances);
  const asked = given.get("process_manager");
  const kinds = [...new Set(known.map(({ found }) => found.manager))];
  const manager = kinds.find((kind) => kind === asked) ?? (asked === undefined ? kinds[0] : undefined);
  if (manager === undefined) {
    return { manager: "systemd+user", nodes: [], left_out, learned: new Map(), problems: [] };
  }
  const problems: string[] = [];
  if (asked === undefined && kinds.length > 1) problems.push(ofSeveralManagers(known, kinds));
  const legacy: Adoptable[] = [];
  const unnumbered: Unnumbered[] = [];
  for (const one of known) {
    if (one.found.manager !== manager) {
      left_out.push({ source: one.found.source, because: `it is run by ${one.found.manager}` });
      continue;
    }
    const read = one.software === "antnode" ? adoptable(one) : undefined;
    if (read === undefined) unnumbered.push(adoptableAntNode(one));
    else if (typeof read === "string") problems.push(`${one.found.source}: ${read}`);
    else legacy.push(read);
  }
  const nodes = [...legacy, ...numbered(unnumbered, new Set(legacy.map(({ id }) => id)))];
  nodes.sort((a, b) => a.id - b.id);
  problems.push(...new Set(nodes.flatMap(({ found }) => found.held_by ?? [])), ...clashes(nodes));
  const learned = learnedSettings(manager, nodes, given, problems);
  return { manager, nodes, left_out, learned, problems };
}

/** Describes how a found antnode would be imported, or why wnm could not monitor or start it. Pure. */
export function adoptable({ found, software, args, root_dir }: Candidate): Adoptable | string {
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
    software,
    found,
    args,
    root_dir,
    port,
    metrics_port,
    rpc_port: found.ports?.rpc_port ?? args.rpc_port,
    network,
    wallet: args.wallet,
    own_flags: {},
    lost_flags: [],
    new_flags: [],
  };
}

/** The number at the end of a name: 1 for antnode0001, antnode1.service and com.autonomi.antnode-1. */
const numberIn = (name: string): number | undefined => {
  const digits = /(\d{1,6})(?:\.(?:service|plist))?$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

const ofSeveralManagers = (
  found: readonly { readonly found: FoundNode }[],
  kinds: readonly ManagerKind[],
): string => {
  const counts = kinds.map((kind) => {
    const of = found.filter((one) => one.found.manager === kind);
    return `${of.length} by ${kind} (${of[0]?.found.source}${of.length > 1 ? " …" : ""})`;
  });
  return `the nodes are run by several managers: ${counts.join(", ")}; give --process_manager with the one whose nodes are to be taken`;
};

function clashes(nodes: readonly Adoptable[]): readonly string[] {
  const problems: string[] = [];
  const check = (what: string, keyOf: (node: Adoptable) => number | undefined) => {
    for (const [key, same] of Map.groupBy(nodes, keyOf)) {
      if (key !== undefined && same.length > 1)
        problems.push(
          `${what} ${key} belongs to several: ${same.map(({ root_dir }) => root_dir).join(", ")}`,
        );
    }
  };
  check("number", (node) => node.id);
  check("port", (node) => node.port);
  check("metrics port", (node) => (node.software === "antnode" ? node.metrics_port : undefined));
  return problems;
}
