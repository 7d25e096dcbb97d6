import { dirname } from "node:path";
import { WnmError } from "../../base/errors.ts";
import { type Node, nodeLabel } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";
import { soughtAt } from "../../software/sought.ts";
import type { Launch } from "../contract/manager.ts";
import { supervisorGrace } from "../contract/stop-grace.ts";
import type { DockerAccess } from "./access.ts";
import { createShared, sharedContainerName, stateFolder } from "./arguments.ts";
import {
  type ContainerPlace,
  ensureContainer,
  findContainer,
  isCurrent,
  placeControl,
  renewContainer,
  startContainer,
  stopContainer,
} from "./containers.ts";
import type { ContainerLookup, Engine } from "./engine.ts";
import { type NodeList, readNodeList } from "./node-list.ts";
import { inContainers, shown } from "./node-process.ts";
import { type SharedNode, stateOfShared } from "./state.ts";

const LIST_MS = 20_000;
/** The timeout of a call into the container. The init watches a starting node for ten seconds, on a busy machine longer. */
const INSIDE_MS = 60_000;

/** The name of the node's container. Throws WnmError when its row names none. */
export function sharedNameOf(node: Node): string {
  if (node.container_id === undefined) throw new WnmError(`${nodeLabel(node)} has no container`);
  return sharedContainerName(node.container_id, dirname(node.root_dir));
}

/** The folder with the node definitions of a shared container. */
export const definitionFolder = (access: DockerAccess, name: string): string =>
  `${access.control}/${name}/nodes`;

type Prepared = { readonly place: ContainerPlace; readonly create: readonly string[] };

/** Writes the files that the container mounts. Returns its identity and the arguments of `docker create`. */
export async function prepareShared(
  access: DockerAccess,
  node: Node,
  { container, webrtc_port }: Launch,
): Promise<Prepared> {
  if (container === undefined) throw new WnmError("a node of a shared container has none");
  const { extra, files, logs, writable } = access;
  const { user, args: user_args } = await access.engine.identity();
  const { name, storage } = container;
  const image = access.image();
  const control = `${access.control}/${name}`;
  const folders = [definitionFolder(access, name), stateFolder(control), logs, ...writable];
  await placeControl(files, control, folders);
  const browsers = webrtc_port && webrtc_port - node.port + container.port_range_start;
  const stop_grace = supervisorGrace(access.grace);
  const defaults = { image, extra, user, user_args, control, writable, stop_grace };
  const create = createShared(container, [logs], defaults, browsers);
  return { place: { name, storage, image }, create };
}

/** Calls the container's init: `docker exec NAME … WORDS`. Exit code 78 is the init's refusal, not a failure. */
export const runInside = (engine: Engine, name: string, ...words: readonly string[]) =>
  engine.call(["exec", name, "sh", "/wnm/init.sh", ...words], { accept: [78], deadline_ms: INSIDE_MS });

/** The nodes according to the container's init. */
async function listInside(engine: Engine, name: string): Promise<NodeList> {
  try {
    const words = ["exec", name, "sh", "/wnm/init.sh", "list"];
    return readNodeList((await engine.call(words, { deadline_ms: LIST_MS })).stdout);
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    return { unknown: error.message };
  }
}

/** Ensures that the container runs; rebuilds an outdated one if none of its nodes runs. Returns its name. */
export async function ensureRunning(access: DockerAccess, node: Node, launch: Launch): Promise<string> {
  const { engine } = access;
  const { place, create } = await prepareShared(access, node, launch);
  const info = await ensureContainer(engine, place, create);
  if (info?.status === "running") {
    if (isCurrent(info, create)) return place.name;
    const nodes = await listInside(engine, place.name);
    if ("unknown" in nodes || [...nodes.values()].some(({ state }) => state !== "stopped")) return place.name;
  }
  await stopContainer(engine, place.name, place.storage);
  await renewContainer(engine, place, create);
  await startContainer(engine, place.name);
  return place.name;
}

/** True when the node runs in its container. Throws WnmError when unknown. */
export async function runsInside({ engine }: DockerAccess, node: Node): Promise<boolean> {
  const name = sharedNameOf(node);
  const info = await findContainer(engine, name, dirname(node.root_dir));
  if (info?.status !== "running") return false;
  const nodes = await listInside(engine, name);
  if ("unknown" in nodes)
    throw new WnmError(`It is unknown whether ${nodeLabel(node)} runs: ${nodes.unknown}`);
  return nodes.get(nodeLabel(node))?.state === "running";
}

/** A node of a shared container, with the folder that identifies its process. */
export type AskedNode = Omit<SharedNode, "process"> & { readonly root_dir: string };

/** The states of the nodes, from the engine, the inits and this machine's processes, each queried once for all nodes. */
export async function inspectShared(
  engine: Engine,
  containers: readonly string[],
): Promise<{
  readonly lookups: ReadonlyMap<string, ContainerLookup>;
  readonly stateOf: (node: AskedNode) => ProcessState;
}> {
  const names = [...new Set(containers)];
  const lookups = await engine.inspect(names);
  const running = names.filter((name) => statusOf(lookups.get(name)) === "running");
  const lists = new Map(
    await Promise.all(running.map(async (name) => [name, await listInside(engine, name)] as const)),
  );
  const processes = inContainers();
  return {
    lookups,
    stateOf({ root_dir, ...asked }) {
      const process = shown(processes, soughtAt(root_dir));
      const seen = { lookup: lookups.get(asked.name), nodes: lists.get(asked.name) };
      return stateOfShared({ ...asked, process }, seen);
    },
  };
}

const statusOf = (lookup: ContainerLookup | undefined): string | undefined =>
  lookup === undefined || lookup === "missing" || "unknown" in lookup ? undefined : lookup.status;
