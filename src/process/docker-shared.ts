import { dirname } from "node:path";
import { WnmError } from "../errors.ts";
import type { Container } from "../model/container.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import { exists } from "../os/files.ts";
import { nodesByFolder } from "../os/node-processes.ts";
import { identityOf } from "../os/process-id.ts";
import { readTextFile, removeFile, removeTree, writeTextFile } from "../os/text-file.ts";
import { type DockerGround, processOf, refuseStray, rowOf } from "./docker.ts";
import {
  createShared,
  GRACE_S,
  OUTPUT,
  sharedContainerName,
  sharedNode,
  stateFolder,
} from "./docker-arguments.ts";
import {
  ensureContainer,
  findContainer,
  isCurrent,
  placeControl,
  removeContainer,
  renewContainer,
  startContainer,
  stopContainer,
} from "./docker-containers.ts";
import { definedNodes } from "./docker-discover.ts";
import type { Look } from "./docker-engine.ts";
import { isUp, oneLine, readList } from "./docker-inspect.ts";
import { type Inside, type SharedNode, stateOfShared } from "./docker-state.ts";
import type { Launch, ProcessManager } from "./manager.ts";
import { deleteNode, placeNode } from "./node-files.ts";

const LIST_MS = 20_000;
/** The init watches a starting node for ten seconds, and the machine may be busy. */
const START_MS = 60_000;

/** Many nodes in each container, kept running by a small init that outlives them; `docker exec` starts and stops them. */
export function dockerShared(ground: DockerGround): ProcessManager {
  const { engine, files } = ground;
  let latest: ReadonlyMap<string, Look> = new Map();

  const nameOf = (node: Node): string => {
    if (node.container_id === undefined) throw new WnmError(`${nodeLabel(node)} has no container to live in`);
    return sharedContainerName(node.container_id, dirname(node.root_dir));
  };
  const definitions = (name: string): string => `${ground.control}/${name}/nodes`;
  const definition = (node: Node): string => `${definitions(nameOf(node))}/${nodeLabel(node)}.node`;
  const wish = (node: Node): string => `${definitions(nameOf(node))}/${nodeLabel(node)}.up`;

  const prepared = async (container: Container | undefined) => {
    if (container === undefined)
      throw new WnmError("a node of a shared container has no container to live in");
    const { user, args: user_args } = await engine.identity();
    const { name, storage } = container;
    const image = ground.image();
    const { extra, writable } = ground;
    const control = `${ground.control}/${name}`;
    await placeControl(files, control, [definitions(name), stateFolder(control), ground.logs, ...writable]);
    const place = { image, extra, user, user_args, control, writable };
    return { place: { name, storage, image }, create: createShared(container, [ground.logs], place) };
  };

  const define = (node: Node, launch: Launch): void =>
    writeTextFile(definition(node), sharedNode(node, launch, { extra: ground.extra }));

  const inside = (name: string, ...words: readonly string[]) =>
    engine.call(["exec", name, "sh", "/wnm/init.sh", ...words], { accept: [78], deadline_ms: START_MS });

  const list = async (name: string): Promise<Inside> => {
    try {
      const words = ["exec", name, "sh", "/wnm/init.sh", "list"];
      return readList((await engine.call(words, { deadline_ms: LIST_MS })).stdout);
    } catch (error) {
      if (!(error instanceof WnmError)) throw error;
      return { unknown: error.message };
    }
  };

  /** The container runs; one of another definition is made anew when none of its nodes runs. */
  const raise = async (container: Container | undefined): Promise<string> => {
    const { place, create } = await prepared(container);
    const seen = await ensureContainer(engine, place, create);
    if (seen?.status === "running") {
      if (isCurrent(seen, create)) return place.name;
      const nodes = await list(place.name);
      if ("unknown" in nodes || [...nodes.values()].some(({ state }) => state !== "stopped"))
        return place.name;
    }
    await stopContainer(engine, place.name, place.storage);
    await renewContainer(engine, place, create);
    await startContainer(engine, place.name);
    return place.name;
  };

  const isRunning = async (node: Node): Promise<boolean> => {
    const name = nameOf(node);
    const seen = await findContainer(engine, name, dirname(node.root_dir));
    if (seen?.status !== "running") return false;
    const nodes = await list(name);
    if ("unknown" in nodes)
      throw new WnmError(`It is unknown whether ${nodeLabel(node)} runs: ${nodes.unknown}`);
    return nodes.get(nodeLabel(node))?.state === "running";
  };

  /** What the engine, the containers' inits and this machine's processes say, all asked at once. */
  const observed = async (containers: readonly string[]) => {
    const names = [...new Set(containers)];
    const looks = await engine.look(names);
    const running = names.filter((name) => statusOf(looks.get(name)) === "running");
    const lists = new Map(await Promise.all(running.map(async (name) => [name, await list(name)] as const)));
    const processes = nodesByFolder();
    const stateIn = (asked: Omit<SharedNode, "process"> & { readonly root_dir: string }): ProcessState => {
      const [process] = processes?.get(asked.root_dir) ?? [];
      const seen = { look: looks.get(asked.name), inside: lists.get(asked.name) };
      return stateOfShared({ ...asked, process: process && identityOf(process) }, seen);
    };
    return { looks, stateIn };
  };

  const manager: ProcessManager = {
    ids: "fill gaps",
    supervised: true,
    account: ground.account,
    containers: {
      placing: "shared",
      nameFor: (id, node) => sharedContainerName(id, dirname(node.root_dir)),
      seen: () => new Map([...latest].flatMap(([name, look]) => rowOf(name, look))),
      async remove({ name, storage }) {
        await stopContainer(engine, name, storage);
        await removeContainer(engine, name, storage);
        removeTree(`${ground.control}/${name}`);
      },
    },

    async create(node, launch) {
      await placeNode(files, node, launch);
      const { place, create } = await prepared(launch.container);
      await ensureContainer(engine, place, create);
      if (!exists(definition(node))) define(node, launch);
    },

    async start(node, launch) {
      const name = await raise(launch.container);
      if (await isRunning(node)) return processOf(node);
      refuseStray(node, "is not started");
      define(node, launch);
      writeTextFile(wish(node), "");
      const { stdout, stderr } = await inside(name, "start", nodeLabel(node));
      if (/^running$/m.test(stdout)) return processOf(node);
      await manager.stop(node);
      const code = /^ended (\d+)$/m.exec(stdout)?.[1];
      const words = oneLine(stderr !== "" ? stderr : (readTextFile(`${node.log_dir}/${OUTPUT}`) ?? ""));
      throw new WnmError(
        `${nodeLabel(node)} ended at once: ${code === undefined ? "it was not started" : `exit code ${code}`}${words === "" ? "" : `: ${words}`}`,
      );
    },

    async stop(node) {
      removeFile(wish(node));
      const name = nameOf(node);
      const seen = await findContainer(engine, name, dirname(node.root_dir));
      if (seen !== undefined && isUp(seen)) {
        await inside(name, "stop", nodeLabel(node), String(GRACE_S));
        if (await isRunning(node)) throw new WnmError(`${nodeLabel(node)} still runs in container ${name}`);
      }
      refuseStray(node, "has not ended");
    },

    async upgrade(node, launch) {
      await files.installProgram(launch.program, node.binary);
      await manager.stop(node);
      return manager.start(node, launch);
    },

    async remove(node, grounds) {
      if (await isRunning(node)) throw new WnmError(`${nodeLabel(node)} still runs in ${nameOf(node)}`);
      refuseStray(node, "is not removed");
      await deleteNode(files, node, grounds);
      removeFile(wish(node));
      removeFile(definition(node));
    },

    async discover() {
      const defined = definedNodes(ground.control);
      const { stateIn } = await observed(defined.map(({ container }) => container));
      return {
        found: defined.map(({ container, label, root_dir, ...found }) => ({
          ...found,
          process: stateIn({ name: container, label, storage: dirname(root_dir), root_dir }),
        })),
        left_out: [],
      };
    },

    async inspect(nodes) {
      const housed = nodes.filter((node) => node.container_id !== undefined);
      const { looks, stateIn } = await observed(housed.map(nameOf));
      latest = looks;
      return new Map(
        nodes.map((node) => {
          const name = node.container_id === undefined ? "" : nameOf(node);
          const { root_dir } = node;
          return [node.id, stateIn({ name, label: nodeLabel(node), storage: dirname(root_dir), root_dir })];
        }),
      );
    },
  };
  return manager;
}

const statusOf = (look: Look | undefined): string | undefined =>
  look === undefined || look === "missing" || "unknown" in look ? undefined : look.status;
