import { type ManagerKind, type Node, type NodeId, nodeLabel, otherFolderOf } from "../model/node.ts";
import type { FoundNode, FoundNodes, LeftOut } from "../process/contract/found-node.ts";
import { rootDirIn } from "../software/recognise.ts";
import { type Adoption, adoptable } from "./adopt.ts";
import { adoptableAntNode, numbered, type Unnumbered } from "./adopt-ant-node.ts";
import type { Candidate } from "./adoptable.ts";
import { type Circumstances, candidates } from "./candidates.ts";
import { withOwnFlags } from "./common-flags.ts";

/** The colony that found nodes will join. */
export type Joined = {
  readonly nodes: readonly Node[];
  readonly manager: ManagerKind;
  readonly start_args: string | undefined;
  /** Who numbers its nodes: the process manager, or wnm. */
  readonly numbers: "manager's" | "wnm's";
};

/** Which of the found nodes to import; undefined: all. */
export type Meant = {
  /** Ids, as shown by a dry run. */
  readonly ids: readonly NodeId[] | undefined;
  /** Their folder or a parent of it. */
  readonly folder: string | undefined;
};

/** The result of matching found nodes with an existing colony. */
export type Joining = Adoption & {
  /** The number of found nodes that are already in the colony. */
  readonly already: number;
};

/**
 * Selects the found nodes that join the colony: those it does not have and can run. Each keeps the number in its name if
 * that is free, else gets the lowest free one. Pure apart from `circumstances`.
 */
export function adoptLater(
  finds: FoundNodes,
  circumstances: Circumstances,
  colony: Joined,
  meant: Meant,
): Joining {
  const ours = ownFolders(colony.nodes, circumstances);
  const placeOf = (folder: string): string => circumstances.identityOf(folder) ?? folder;
  const isOurs = (folder: string | undefined): boolean => folder !== undefined && ours.has(placeOf(folder));
  const found = finds.found.filter(({ args }) => !isOurs(rootDirIn(args)));
  const reasons = finds.left_out.filter(
    ({ root_dir, source }) => !isOurs(root_dir) && !isOurs(source.startsWith("/") ? source : undefined),
  );
  const { known, left_out } = candidates({ found, left_out: reasons }, circumstances);
  const taken = new Set<number>(colony.nodes.map(({ id }) => id));
  const able: Unnumbered[] = [];
  for (const one of known) {
    const read = whyNotHere(one, colony) ?? readable(one, taken);
    if (typeof read === "string") left_out.push({ source: one.found.source, because: read });
    else able.push(read);
  }
  const all = numbered(withoutClashes(able, colony.nodes, left_out), taken);
  const chosen = all
    .filter(({ id, root_dir }) => isMeant(meant, id, root_dir))
    .toSorted((a, b) => a.id - b.id);
  const nodes = withOwnFlags(chosen, colony.start_args ?? "");
  const problems = [...new Set(nodes.flatMap((node) => node.found.held_by ?? []))];
  const already = new Set(
    finds.found
      .map(({ args }) => rootDirIn(args))
      .filter(isOurs)
      .map((folder) => placeOf(folder ?? "")),
  ).size;
  return { manager: colony.manager, nodes, left_out, learned: new Map(), problems, already };
}

/** The folders of the colony's nodes, including both folders of a node being moved. */
const ownFolders = (nodes: readonly Node[], { identityOf }: Circumstances): ReadonlySet<string> =>
  new Set(
    nodes
      .flatMap((node) => [node.root_dir, otherFolderOf(node) ?? []].flat())
      .flatMap((folder) => [folder, identityOf(folder) ?? folder]),
  );

const modeOf = (kind: ManagerKind): string => (kind.endsWith("+sudo") ? "sudo" : "user");

/** Why the node cannot join the colony; undefined when it can. */
function whyNotHere({ found, root_dir }: Candidate, { nodes, manager, numbers }: Joined): string | undefined {
  const fits = numbers === "wnm's" ? modeOf(found.manager) === modeOf(manager) : found.manager === manager;
  if (!fits) return `it is run by ${found.manager}, and those of this colony by ${manager}`;
  const nested = nodes.find(
    (node) => node.root_dir.startsWith(`${root_dir}/`) || root_dir.startsWith(`${node.root_dir}/`),
  );
  if (nested !== undefined)
    return `its folder ${root_dir} and that of ${nodeLabel(nested)}, ${nested.root_dir}, are nested`;
  const namesake =
    found.service === undefined
      ? undefined
      : nodes.find((node) => node.manager_type === found.manager && node.service === found.service);
  return namesake && `its name ${found.service} is that of ${nodeLabel(namesake)}, whose folder is another`;
}

/** The node as it would join, or why it cannot. A number assigned by antctl cannot be changed. */
function readable(one: Candidate, taken: ReadonlySet<number>): Unnumbered | string {
  if (one.software !== "antnode") return adoptableAntNode(one);
  const read = adoptable(one);
  if (typeof read === "string") return read;
  const { id, ...rest } = read;
  if (taken.has(id) && isNumberedByManager(one.found))
    return `its number ${id} at antctl is taken in the colony`;
  return { ...rest, wish: id };
}

const isNumberedByManager = ({ manager }: FoundNode): boolean => manager.startsWith("antctl");

/** Drops nodes whose ports are used by a node of the colony or by an earlier one in the list. */
function withoutClashes(
  able: readonly Unnumbered[],
  colony: readonly Node[],
  left_out: LeftOut[],
): readonly Unnumbered[] {
  const owners = new Map<string, string>();
  for (const node of colony) for (const port of portsOf(node)) owners.set(port, nodeLabel(node));
  return able.filter((node) => {
    const ports = portsOf(node);
    const clash = ports.find((port) => owners.has(port));
    if (clash !== undefined)
      left_out.push({
        source: node.found.source,
        because: `its ${clash} is also that of ${owners.get(clash)}`,
      });
    else for (const port of ports) owners.set(port, node.found.source);
    return clash === undefined;
  });
}

/** The ports that a node binds; an ant-node has no metrics port. */
const portsOf = ({
  software,
  port,
  metrics_port,
}: Pick<Unnumbered, "software" | "port" | "metrics_port">) => [
  ...(port === undefined ? [] : [`port ${port}`]),
  ...(software === "antnode" && metrics_port !== undefined ? [`metrics port ${metrics_port}`] : []),
];

const isMeant = ({ ids, folder }: Meant, id: NodeId, root_dir: string): boolean =>
  (ids === undefined || ids.includes(id)) &&
  (folder === undefined || `${root_dir}/`.startsWith(folder.endsWith("/") ? folder : `${folder}/`));
