import type { Node } from "../model/node.ts";
import { tcpListeners } from "../os/net/bound-ports.ts";
import { ownerOf } from "../os/processes/identity.ts";
import { SOFTWARE } from "../software/generations.ts";
import type { ManagerOf } from "./managers.ts";

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1"]);

/** True when the process, as far as can be seen, listens itself on the port where the node answers. */
export type HoldsPort = (node: Node, pid: number | undefined) => boolean;

/**
 * Compares the owners of listening sockets. The kernel's table is long, so it is read once and only for a new process;
 * a process keeps its socket while it lives. Nodes in containers always pass: containers have networks of their own.
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
