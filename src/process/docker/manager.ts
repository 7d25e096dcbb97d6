import type { NodeId } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";
import { soughtAt } from "../../software/sought.ts";
import type { ProcessManager } from "../contract/manager.ts";
import { closeNodeFiles, createNodeFiles } from "../contract/node-files.ts";
import { upgradeByRestart } from "../contract/upgrade.ts";
import type { DockerAccess } from "./access.ts";
import { ownContainerName } from "./arguments.ts";
import { containerRows, removeContainer } from "./containers.ts";
import { discoverOwn } from "./discover.ts";
import type { ContainerLookup } from "./engine.ts";
import { inContainers, refuseStray, shown } from "./node-process.ts";
import {
  createOwnContainer,
  endOwnContainer,
  ownContainer,
  removeOwnContainer,
  startOwnContainer,
} from "./own-container.ts";
import { stateOfOwn } from "./state.ts";

/** One container per node: it ends when the node ends, and the engine restarts it. */
export function docker(access: DockerAccess): ProcessManager {
  const { engine, files } = access;
  let latest: ReadonlyMap<string, ContainerLookup> = new Map();
  const manager: ProcessManager = {
    ids: "fill gaps",
    supervised: true,
    account: access.account,
    containers: {
      placing: "one each",
      nameFor: (_id, node) => ownContainerName(node),
      seen: () => containerRows(latest),
      remove: ({ name, storage }) => removeContainer(engine, name, storage),
    },

    async create(node, launch) {
      await createNodeFiles(files, node, launch);
      await createOwnContainer(access, node, launch);
    },

    start: (node, launch) => startOwnContainer(access, node, launch),

    async stop(node) {
      await endOwnContainer(access, node);
      refuseStray(node, "has not ended");
    },

    upgrade: (node, launch) => upgradeByRestart(manager, files, node, launch),

    remove: (node, allowedFolders) => removeOwnContainer(access, node, allowedFolders),
    close: (node, key_file) => closeNodeFiles(files, node, key_file),
    discover: () => discoverOwn(engine),

    async inspect(nodes) {
      latest = await engine.inspect(nodes.map(ownContainerName));
      const processes = inContainers();
      const states = new Map<NodeId, ProcessState>();
      for (const node of nodes) {
        const process = shown(processes, soughtAt(node.root_dir, node.user));
        const asked = { ...ownContainer(node), has_run: node.pid !== undefined };
        states.set(node.id, stateOfOwn(asked, latest.get(asked.name), process));
      }
      return states;
    },
  };
  return manager;
}
