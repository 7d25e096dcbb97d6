import { basename } from "node:path";
import { MANAGER_KINDS, type ManagerKind, type NodeId } from "../model/node.ts";
import type { Presence } from "../os/files/presence.ts";
import type { FoundNode, FoundNodes, LeftOut } from "../process/contract/found-node.ts";
import { readNodeArguments } from "../software/node-arguments.ts";
import { rootDirIn, softwareRunBy } from "../software/recognise.ts";
import { adoptableAntNode, antNodeArguments, numbered, type Unnumbered } from "./adopt-ant-node.ts";
import type { Adoptable, Candidate } from "./adoptable.ts";
import { learnedSettings } from "./learned-settings.ts";

/** The colony that found nodes make. */
export type Adoption = {
  readonly manager: ManagerKind;
  readonly nodes: readonly Adoptable[];
  readonly left_out: readonly LeftOut[];
  /** Settings that follow from the nodes, by name, as text. */
  readonly learned: ReadonlyMap<string, string>;
  /** What the operator has to resolve first; with any of these nothing is imported. */
  readonly problems: readonly string[];
};

/** The given settings, and what the disk says. */
export type Circumstances = {
  readonly given: ReadonlyMap<string, string>;
  readonly hasFolder: (path: string) => Presence;
  /** The database of the colony that the node in this folder already belongs to, if any. */
  readonly colonyOf: (root_dir: string) => string | undefined;
  /** Why this manager cannot run a node from the folder: it is a link, or another account's. */
  readonly whyForeign: (root_dir: string, manager: ManagerKind) => string | undefined;
};

/** Makes one colony of the found nodes, or says what they disagree about. Pure apart from `circumstances`. */
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

/** The found nodes that can be taken, each folder once, and the others with the reason. */
function candidates(
  finds: FoundNodes,
  circumstances: Circumstances,
): { readonly known: readonly Candidate[]; readonly left_out: LeftOut[] } {
  const asked = circumstances.given.get("process_manager");
  const left_out: LeftOut[] = [...finds.left_out];
  const known = new Map<string, Candidate>();
  /** Folders of definitions that are left out, so that their processes are left out too. */
  const refused = new Set<string | undefined>();
  for (const found of finds.found) {
    const folder = rootDirIn(found.args);
    if (!isDefinition(found) && folder !== undefined && refused.has(folder)) continue;
    const software = softwareRunBy(found.program, found.args);
    const args = software === "ant-node" ? antNodeArguments(found) : readNodeArguments(found.args);
    const root_dir = typeof args === "string" ? undefined : args.root_dir;
    const first = root_dir === undefined ? undefined : known.get(root_dir);
    const because =
      software === undefined
        ? `it runs ${found.program}, no node`
        : typeof args === "string"
          ? args
          : first === undefined
            ? reasonToLeave(root_dir, software === "ant-node" ? found.manager : undefined, circumstances)
            : sameFolder(first, found);
    if (because !== undefined) {
      left_out.push({ source: found.source, because });
      if (first === undefined && isDefinition(found)) refused.add(folder);
    } else if (
      first === undefined &&
      software !== undefined &&
      typeof args !== "string" &&
      root_dir !== undefined
    )
      known.set(root_dir, { found: asAsked(found, asked), software, args, root_dir });
  }
  return { known: withoutOuter([...known.values()], left_out), left_out };
}

/** Why a second find on a folder is another node; undefined for one that several sources know. */
const sameFolder = ({ found: first, root_dir }: Candidate, found: FoundNode): string | undefined =>
  first.manager === found.manager && isDefinition(first) && isDefinition(found)
    ? `its folder ${root_dir} is also that of ${first.source}`
    : undefined;

/** A plain process has neither a name nor a number at its manager. */
const isDefinition = ({ service, number }: FoundNode): boolean =>
  service !== undefined || number !== undefined;

/** The nodes whose folders hold no other node's; to remove such a one would remove both. */
function withoutOuter(known: readonly Candidate[], left_out: LeftOut[]): readonly Candidate[] {
  return known.filter(({ found, root_dir }) => {
    const inner = known.find((other) => other.root_dir.startsWith(`${root_dir}/`));
    if (inner !== undefined)
      left_out.push({
        source: found.source,
        because: `its folder ${root_dir} holds that of another node, ${inner.root_dir}`,
      });
    return inner === undefined;
  });
}

function reasonToLeave(
  root_dir: string | undefined,
  manager: ManagerKind | undefined,
  { hasFolder, colonyOf, whyForeign }: Circumstances,
): string | undefined {
  if (root_dir === undefined) return "it names no --root-dir";
  const folder = hasFolder(root_dir);
  if (folder === "absent") return `its folder ${root_dir} is not there`;
  if (folder !== "present") return `its folder ${root_dir} cannot be looked at: ${folder.unknown}`;
  const database = colonyOf(root_dir);
  if (database !== undefined) return `it belongs to the colony of ${database}`;
  return manager === undefined ? undefined : whyForeign(root_dir, manager);
}

/** Managers that run the nodes of another one: antctl+zen only calls antctl in another way. */
const RUNS_THOSE_OF: Partial<Record<ManagerKind, ManagerKind>> = { "antctl+zen": "antctl+user" };

function asAsked(found: FoundNode, asked: string | undefined): FoundNode {
  const manager = MANAGER_KINDS.find((kind) => kind === asked);
  return manager !== undefined && RUNS_THOSE_OF[manager] === found.manager ? { ...found, manager } : found;
}

function adoptable({ found, software, args, root_dir }: Candidate): Adoptable | string {
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
  };
}

/** The number that a name ends in: antnode0001, antnode1.service and com.autonomi.antnode-1 are 1. */
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
