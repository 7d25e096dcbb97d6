import { dirname } from "node:path";
import { nodeLabel } from "../../model/node.ts";
import { removeTree } from "../../os/files/own-text-file.ts";
import type { ProcessManager } from "../contract/manager.ts";
import { closeNodeFiles } from "../contract/node-files.ts";
import { upgradeByRestart } from "../contract/upgrade.ts";
import type { DockerAccess } from "./access.ts";
import { sharedContainerName } from "./arguments.ts";
import { containerRows, removeContainer, stopContainer } from "./containers.ts";
import { definedNodes } from "./discover.ts";
import type { ContainerLookup } from "./engine.ts";
import { inspectShared, sharedNameOf } from "./shared-container.ts";
import { createSharedNode, removeSharedNode, startSharedNode, stopSharedNode } from "./shared-node.ts";

/** Many nodes per container. A small init supervises them; `docker exec` starts and stops them. */
export function dockerShared(access: DockerAccess): ProcessManager {
  const { engine, files } = access;
  let latest: ReadonlyMap<string, ContainerLookup> = new Map();
  const manager: ProcessManager = {
    ids: "fill gaps",
    supervised: true,
    account: access.account,
    containers: {
      placing: "shared",
      nameFor: (id, node) => sharedContainerName(id, dirname(node.root_dir)),
      seen: () => containerRows(latest),
      async remove({ name, storage }) {
        await stopContainer(engine, name, storage);
        await removeContainer(engine, name, storage);
        removeTree(`${access.control}/${name}`);
      },
    },

    create: (node, launch) => createSharedNode(access, node, launch),
    start: (node, launch) => startSharedNode(access, node, launch),
    stop: (node) => stopSharedNode(access, node),

    upgrade: (node, launch) => upgradeByRestart(manager, files, node, launch),

    remove: (node, allowedFolders) => removeSharedNode(access, node, allowedFolders),
    close: (node, key_file) => closeNodeFiles(files, node, key_file),

    async discover() {
      const defined = definedNodes(access.control);
      const { stateOf } = await inspectShared(
        engine,
        defined.map(({ container }) => container),
      );
      const found = defined.map(({ container, label, root_dir, ...node }) => {
        const process = stateOf({ name: container, label, storage: dirname(root_dir), root_dir });
        return { ...node, process };
      });
      return { found, left_out: [] };
    },

    async inspect(nodes) {
      const placed = nodes.filter((node) => node.container_id !== undefined);
      const { lookups, stateOf } = await inspectShared(engine, placed.map(sharedNameOf));
      latest = lookups;
      return new Map(
        nodes.map((node) => {
          const name = node.container_id === undefined ? "" : sharedNameOf(node);
          const { root_dir } = node;
          return [node.id, stateOf({ name, label: nodeLabel(node), storage: dirname(root_dir), root_dir })];
        }),
      );
    },
  };
  return manager;
}
