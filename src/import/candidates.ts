import { MANAGER_KINDS, type ManagerKind } from "../model/node.ts";
import type { Presence } from "../os/files/presence.ts";
import type { FoundNode, FoundNodes, LeftOut } from "../process/contract/found-node.ts";
import { readNodeArguments } from "../software/node-arguments.ts";
import { rootDirIn, softwareRunBy } from "../software/recognise.ts";
import { antNodeArguments } from "./adopt-ant-node.ts";
import type { Candidate } from "./adoptable.ts";

/** The given settings, and queries about the disk. */
export type Circumstances = {
  readonly given: ReadonlyMap<string, string>;
  readonly hasFolder: (path: string) => Presence;
  /** The database of the colony that already owns the node in this folder, if any. */
  readonly colonyOf: (root_dir: string) => string | undefined;
  /** A key that is equal for all paths to the same folder; undefined when it cannot be determined. */
  readonly identityOf: (root_dir: string) => string | undefined;
  /** True if the config file is the one wnm wrote for the ant-node in this folder. */
  readonly hasWnmsConfig: (root_dir: string, config: string) => boolean;
  /** Why this manager cannot run a node from the folder, such as a link or a foreign owner; undefined when it can. */
  readonly whyForeign: (root_dir: string, manager: ManagerKind) => string | undefined;
};

/** The found nodes that can be imported, one per folder even if found by several paths; the others with the reason. */
export function candidates(
  finds: FoundNodes,
  circumstances: Circumstances,
): { readonly known: readonly Candidate[]; readonly left_out: LeftOut[] } {
  const asked = circumstances.given.get("process_manager");
  const left_out: LeftOut[] = [...finds.left_out];
  const known = new Map<string, Candidate>();
  /** Folders of rejected definitions, so that their processes are rejected too. */
  const refused = new Set<string | undefined>();
  for (const found of finds.found) {
    const folder = rootDirIn(found.args);
    if (!isDefinition(found) && folder !== undefined && refused.has(folder)) continue;
    const software = softwareRunBy(found.program, found.args);
    const args =
      software === "ant-node"
        ? antNodeArguments(found, circumstances.hasWnmsConfig)
        : readNodeArguments(found.args);
    const root_dir = typeof args === "string" ? undefined : args.root_dir;
    const place = root_dir === undefined ? undefined : (circumstances.identityOf(root_dir) ?? root_dir);
    const first = place === undefined ? undefined : known.get(place);
    const because =
      software === undefined
        ? `it runs ${found.program}, not a node`
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
      root_dir !== undefined &&
      place !== undefined
    )
      known.set(place, { found: asAsked(found, asked), software, args, root_dir });
  }
  return { known: withoutOuter([...known.values()], left_out), left_out };
}

/** Why two finds with the same folder conflict; undefined if both are the same node seen by several sources. */
const sameFolder = ({ found: first, root_dir }: Candidate, found: FoundNode): string | undefined =>
  first.manager === found.manager && isDefinition(first) && isDefinition(found)
    ? `its folder ${root_dir} is also that of ${first.source}`
    : undefined;

/** False for a plain process, which has neither a service name nor a number. */
const isDefinition = ({ service, number }: FoundNode): boolean =>
  service !== undefined || number !== undefined;

/** Drops nodes whose folder contains another node's: removing the outer one would delete both. */
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
  if (root_dir === undefined) return "it has no --root-dir";
  const folder = hasFolder(root_dir);
  if (folder === "absent") return `its folder ${root_dir} is not there`;
  if (folder !== "present") return `its folder ${root_dir} cannot be accessed: ${folder.unknown}`;
  const database = colonyOf(root_dir);
  if (database !== undefined) return `it belongs to the colony of ${database}`;
  return manager === undefined ? undefined : whyForeign(root_dir, manager);
}

/** Managers that can run another's nodes: antctl+zen is antctl+user called differently. */
const RUNS_THOSE_OF: Partial<Record<ManagerKind, ManagerKind>> = { "antctl+zen": "antctl+user" };

function asAsked(found: FoundNode, asked: string | undefined): FoundNode {
  const manager = MANAGER_KINDS.find((kind) => kind === asked);
  return manager !== undefined && RUNS_THOSE_OF[manager] === found.manager ? { ...found, manager } : found;
}
