import type { Node } from "../model/node.ts";
import { tcpListeners } from "../os/net/bound-ports.ts";
import { ownerOf } from "../os/processes/identity.ts";
import { SOFTWARE } from "../software/generations.ts";
import type { ManagerOf } from "./managers.ts";

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1"]);

/** True unless the process can be seen not to be the listener on the port where the node answers. */
export type HoldsPort = (node: Node, pid: number | undefined) => boolean;

/**
 * Compares the owners of listening sockets. The kernel's table is long, so it is read only once, and only for a new
 * process, which keeps its socket. Nodes in containers always pass, because containers have their own networks.
 */
export function portHolders(nodes: readonly Node[], managerOf: ManagerOf): HoldsPort {
  let table: { readonly ports: ReturnType<typeof tcpListeners> } | undefined;
  const inContainers = new Set(
    nodes.flatMap((node) => (managerOf(node.manager_type).containers ? node.id : [])),
  );
  return (node, pid) => {
    const owner = pid === undefined || inContainers.has(node.id) ? undefined : ownerOf(pid);
    if (owner === undefined || !LOOPBACK.has(node.host)) return true;
    table ??= { ports: tcpListeners() };
    return (
      table.ports === undefined ||
      table.ports.get(SOFTWARE[node.software].answersOn(node))?.has(owner) === true
    );
  };
}
