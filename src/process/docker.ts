import { dirname } from "node:path";
import { WnmError } from "../errors.ts";
import { type Node, type NodeId, nodeLabel, type ProcessIdentity } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import type { Files } from "../os/files.ts";
import { nodesByFolder } from "../os/node-processes.ts";
import { identityOf } from "../os/process-id.ts";
import { createOwn, ownContainerName } from "./docker-arguments.ts";
import {
  endOf,
  ensureContainer,
  findContainer,
  placeControl,
  removeContainer,
  renewContainer,
  startContainer,
  stopContainer,
} from "./docker-containers.ts";
import { discoverOwn } from "./docker-discover.ts";
import type { Engine, Look } from "./docker-engine.ts";
import { isUp } from "./docker-inspect.ts";
import { stateOfOwn } from "./docker-state.ts";
import type { Launch, ProcessManager } from "./manager.ts";
import { deleteNode, placeNode } from "./node-files.ts";

/** What both ways of running nodes in containers work with. */
export type DockerGround = {
  readonly engine: Engine;
  readonly files: Files;
  readonly account: { readonly user: string; readonly home: string };
  /** The image that new containers are made of. Throws UsageError when none is set. */
  readonly image: () => string;
  /** --docker_args as words. */
  readonly extra: readonly string[];
  /** Folder of the containers' first process and of the definitions that they read. */
  readonly control: string;
  /** Folder of the nodes' log folders. */
  readonly logs: string;
  /** Folders that all nodes write to. */
  readonly writable: readonly string[];
  readonly sleep: (ms: number) => Promise<void>;
};

/** A node that stays for so long has started. */
const STEADY_MS = 300;
/** An engine in a machine of its own shows no process here; after this long its word is taken. */
const WATCH_MS = 3_000;
const POLL_MS = 100;

/** One container for each node, which ends with it; the engine starts it again. */
export function docker(ground: DockerGround): ProcessManager {
  const { engine, files, sleep } = ground;
  const control = `${ground.control}/one`;
  let latest: ReadonlyMap<string, Look> = new Map();

  const prepared = async (node: Node, launch: Launch) => {
    const { user, args: user_args } = await engine.identity();
    const image = ground.image();
    const { extra, writable } = ground;
    await placeControl(files, control, writable);
    const create = createOwn(node, launch, { image, extra, user, user_args, control, writable });
    return { place: { name: ownContainerName(node), storage: dirname(node.root_dir), image }, create };
  };

  const steady = async (node: Node, restarts: number): Promise<ProcessIdentity | undefined> => {
    const [name, storage] = [ownContainerName(node), dirname(node.root_dir)];
    let first: ProcessIdentity | undefined;
    let since = performance.now();
    const begun = since;
    while (performance.now() - begun < WATCH_MS) {
      const process = processOf(node);
      if (process?.pid !== first?.pid) since = performance.now();
      first = process;
      const seen = await findContainer(engine, name, storage);
      if (seen?.status !== "running" || seen.restarts > restarts) {
        const words = await engine.lastWords(name);
        await stopContainer(engine, name, storage);
        const how = seen === undefined ? "its container is gone" : (endOf(seen) ?? `it was ${seen.status}`);
        throw new WnmError(`${nodeLabel(node)} ended at once: ${how}${words === "" ? "" : `: ${words}`}`);
      }
      if (first !== undefined && performance.now() - since >= STEADY_MS) return first;
      await sleep(POLL_MS);
    }
    return first;
  };

  const manager: ProcessManager = {
    ids: "fill gaps",
    supervised: true,
    account: ground.account,
    containers: {
      placing: "one each",
      nameFor: (_id, node) => ownContainerName(node),
      seen: () => new Map([...latest].flatMap(([name, look]) => rowOf(name, look))),
      remove: ({ name, storage }) => removeContainer(engine, name, storage),
    },

    async create(node, launch) {
      await placeNode(files, node, launch);
      const { place, create } = await prepared(node, launch);
      await ensureContainer(engine, place, create);
    },

    async start(node, launch) {
      const { place, create } = await prepared(node, launch);
      const before = await findContainer(engine, place.name, place.storage);
      if (before?.status === "running") return processOf(node);
      await stopContainer(engine, place.name, place.storage);
      refuseStray(node, "is not started");
      await renewContainer(engine, place, create);
      const { restarts = 0 } = (await findContainer(engine, place.name, place.storage)) ?? {};
      await startContainer(engine, place.name);
      return steady(node, restarts);
    },

    async stop(node) {
      await stopContainer(engine, ownContainerName(node), dirname(node.root_dir));
      refuseStray(node, "has not ended");
    },

    async upgrade(node, launch) {
      await files.installProgram(launch.program, node.binary);
      await manager.stop(node);
      return manager.start(node, launch);
    },

    async remove(node, grounds) {
      const [name, storage] = [ownContainerName(node), dirname(node.root_dir)];
      const seen = await findContainer(engine, name, storage);
      if (seen !== undefined && isUp(seen)) throw new WnmError(`${nodeLabel(node)} still runs in ${name}`);
      refuseStray(node, "is not removed");
      await deleteNode(files, node, grounds);
      await removeContainer(engine, name, storage);
    },

    async discover() {
      return discoverOwn(engine);
    },

    async inspect(nodes) {
      latest = await engine.look(nodes.map(ownContainerName));
      const processes = nodesByFolder();
      const states = new Map<NodeId, ProcessState>();
      for (const node of nodes) {
        const [process] = processes?.get(node.root_dir) ?? [];
        const identity = process === undefined ? undefined : identityOf(process);
        const asked = { ...homeOf(node), has_run: node.pid !== undefined };
        states.set(node.id, stateOfOwn(asked, latest.get(asked.name), identity));
      }
      return states;
    },
  };
  return manager;
}

const homeOf = (node: Node) => ({ name: ownContainerName(node), storage: dirname(node.root_dir) });

/** Throws when a process that its container does not know of works on the node's folder: two would destroy its data. */
export function refuseStray(node: Node, failed: string): void {
  const stray = processOf(node);
  if (stray !== undefined) {
    throw new WnmError(
      `${nodeLabel(node)} ${failed}: process ${stray.pid}, which its container does not know of, works on ${node.root_dir}`,
    );
  }
}

/** The node's process as this machine sees it; undefined when the engine keeps its processes elsewhere. */
export function processOf(node: Node): ProcessIdentity | undefined {
  const [process] = nodesByFolder()?.get(node.root_dir) ?? [];
  return process === undefined ? undefined : identityOf(process);
}

/** A container as its row in the colony's memory tells it. */
export function rowOf(name: string, look: Look): [string, { engine_id: string; status: string }][] {
  if (look === "missing") return [[name, { engine_id: name, status: "MISSING" }]];
  return "unknown" in look ? [] : [[name, { engine_id: look.engine_id, status: look.status.toUpperCase() }]];
}
