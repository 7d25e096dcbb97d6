import { WnmError } from "../errors.ts";
import type { Firewall, Opening } from "../firewall/firewall.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import type { Grounds, ProcessManager, Start } from "../process/manager.ts";
import { failureOf } from "./together.ts";

/** The manager, with each node's port open while the node is to run, and closed from its stop on. */
export function guarded(manager: ProcessManager, firewall: Firewall): ProcessManager {
  const { startAll, restart, reset } = manager;
  const openFor = (starts: readonly Pick<Start, "node">[]) =>
    firewall.open(starts.map(({ node }) => openingOf(node)));
  return {
    ...manager,
    async start(node, launch) {
      await openFor([{ node }]);
      return manager.start(node, launch);
    },
    async upgrade(node, launch) {
      await openFor([{ node }]);
      return manager.upgrade(node, launch);
    },
    async stop(node) {
      // First, so that a kill in between leaves a node that still runs and is stopped by the next run. But no trouble
      // with the firewall keeps a node running that has to go.
      const trouble = await failureOf(() => firewall.close([openingOf(node)]));
      await manager.stop(node);
      if (trouble instanceof WnmError) await firewall.close([openingOf(node)]);
    },
    async restart(node, launch) {
      await openFor([{ node }]);
      if (restart !== undefined) return restart(node, launch);
      await manager.stop(node);
      return manager.start(node, launch);
    },
    async remove(node, grounds) {
      await firewall.close([openingOf(node)]);
      await manager.remove(node, grounds);
    },
    ...(reset === undefined
      ? {}
      : {
          async reset(nodes: readonly Node[], grounds: Grounds) {
            await reset(nodes, grounds);
            await firewall.close(nodes.map(openingOf));
          },
        }),
    ...(startAll === undefined
      ? {}
      : {
          async startAll(starts: readonly Start[]) {
            await openFor(starts);
            return startAll(starts);
          },
        }),
  };
}

const openingOf = (node: Node): Opening => ({ port: node.port, comment: nodeLabel(node) });
