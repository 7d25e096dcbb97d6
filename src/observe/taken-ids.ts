import { Refused } from "../base/errors.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import { hostOf } from "../host/host.ts";
import { blockOf, type Container } from "../model/container.ts";
import type { NodeBinary } from "../model/host.ts";
import type { Node, NodeId } from "../model/node.ts";
import { isUnknown, namesAt } from "../os/files/presence.ts";
import { browserBlock } from "../software/browser-block.ts";
import type { ObservationContext } from "./context.ts";

/**
 * Numbers that new nodes must not use: their folder exists without a node, another program has bound their ports, or the
 * row of that number is unreadable. Throws Refused when the storage cannot be listed.
 */
export async function takenIds(
  { config, unreadable, world }: Pick<ObservationContext, "config" | "unreadable" | "world">,
  { nodes, disks }: Pick<Snapshot, "nodes" | "disks">,
  containers: readonly Container[],
  binary: NodeBinary,
): Promise<Snapshot["taken"]> {
  const blocks = [config.port_start, config.metrics_port_start, browserBlock(config, binary) ?? []].flat();
  const idsAt = (port: number) => blocks.map((block) => (port - block * 1000) as NodeId);
  const ports = await (await hostOf(world.platform)).boundPorts();
  // The engine binds all published ports of a container at its start, with or without nodes.
  const published = containers.map((container) => blockOf(container, config.port_start));
  const isPublished = (id: NodeId) => published.some(({ first, last }) => first <= id && id <= last);
  return new Set([
    ...disks.flatMap(({ for_new }) => for_new).flatMap((storage) => foldersWithoutNode(storage, nodes)),
    ...[...ports].flatMap(idsAt).filter((id) => !isPublished(id)),
    ...unreadable.nodes.flatMap(({ id, ports: known }) => [
      ...(id === undefined ? [] : [id]),
      ...known.flatMap((port) => (port === undefined ? [] : idsAt(port))),
    ]),
  ]);
}

function foldersWithoutNode(storage: string, nodes: readonly Node[]): readonly NodeId[] {
  const own = new Set<number>(nodes.map((node) => node.id));
  return namesOfNodes(storage)
    .map((name) => Number(/^antnode(\d{4,})$/.exec(name)?.[1] ?? Number.NaN))
    .filter((id) => !own.has(id)) as NodeId[];
}

/** The names in a storage; none without permission, since adding checks each folder again. Throws Refused. */
function namesOfNodes(storage: string): readonly string[] {
  const names = namesAt(storage);
  if (names === "absent" || (isUnknown(names) && names.denied)) return [];
  if (isUnknown(names))
    throw new Refused(`Nothing is done, because the storage ${storage} cannot be listed (${names.unknown})`);
  return names.found;
}
