import { failureOf, WnmError } from "../../base/errors.ts";
import type { Firewall, Opening } from "../../firewall/firewall.ts";
import { type Node, nodeLabel } from "../../model/node.ts";
import type { AllowedFolders, ProcessManager, Start } from "./manager.ts";

/** Wraps a manager so that each node's ports are open in the firewall while it should run, and closed when it stops. */
export function withFirewall(
  manager: ProcessManager,
  firewall: Firewall,
  warn: (line: string) => void,
): ProcessManager {
  const { startAll, restart, reset } = manager;
  const openFor = (starts: readonly Start[]) => openPorts(firewall, starts, warn);
  // An interrupted start may have opened a port for browsers that the row does not name yet.
  const closeFor = (nodes: readonly Node[]) =>
    firewall.close(nodes.flatMap((node) => openingsOf(node, [node.port, node.webrtc_port, node.rpc_port])));
  return {
    ...manager,
    async start(node, launch) {
      await openFor([{ node, launch }]);
      return manager.start(node, launch);
    },
    async upgrade(node, launch) {
      await openFor([{ node, launch }]);
      return manager.upgrade(node, launch);
    },
    async stop(node) {
      // The ports are closed first: after a kill in between, the next run stops the node. A firewall failure does not
      // prevent the stop.
      const failure = await failureOf(() => closeFor([node]));
      await manager.stop(node);
      if (failure instanceof WnmError) await closeFor([node]);
    },
    async restart(node, launch) {
      await openFor([{ node, launch }]);
      if (restart !== undefined) return restart(node, launch);
      await manager.stop(node);
      return manager.start(node, launch);
    },
    async remove(node, allowedFolders) {
      await closeFor([node]);
      await manager.remove(node, allowedFolders);
    },
    ...(reset === undefined
      ? {}
      : {
          async reset(nodes: readonly Node[], allowedFolders: AllowedFolders) {
            await reset(nodes, allowedFolders);
            await closeFor(nodes);
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

async function openPorts(
  firewall: Firewall,
  starts: readonly Start[],
  warn: (line: string) => void,
): Promise<void> {
  const unused = starts.filter(
    ({ node, launch }) => node.webrtc_port !== undefined && launch.webrtc_port !== node.webrtc_port,
  );
  if (unused.length > 0)
    await firewall.close(unused.flatMap(({ node }) => openingsOf(node, [node.webrtc_port])));
  const openings = (portsOf: (start: Start) => readonly (number | undefined)[]): readonly Opening[] =>
    starts.flatMap((start) => openingsOf(start.node, portsOf(start)));
  const browsers = openings(({ launch }) => [launch.webrtc_port]);
  const own = openings(({ node }) => [node.port]);
  const failure = await failureOf(() => firewall.open([...own, ...browsers]));
  if (failure === undefined) return;
  // An earlier wnm's sudo rules lack the browser ports; a node works without them, so this is only a warning.
  await firewall.open(own);
  const named = browsers.map(({ port }) => port).join(", ");
  if (failure instanceof WnmError)
    warn(
      `The firewall was not opened for browsers on port ${named}: ${failure.message}; print the sudo rules again (wnm --print_sudoers), or set --webrtc_direct off`,
    );
}

const openingsOf = (node: Node, ports: readonly (number | undefined)[]): readonly Opening[] =>
  [...new Set(ports)].flatMap((port) => (port === undefined ? [] : { port, comment: nodeLabel(node) }));
