import { newBlockOf } from "../decide/places.ts";
import { blockOf, type Container, type Placing } from "../model/container.ts";
import type { Node, NodeId } from "../model/node.ts";
import type { Containers } from "../process/manager.ts";
import type { Tools } from "./tools.ts";
import { withNews } from "./with-news.ts";

/** The new node with the container that it is to live in: one of the colony's, or a new one, remembered before it is made. */
export function housed(tools: Tools, node: Node): Node {
  const { containers } = tools.manager(node.manager_type);
  if (containers === undefined) return node;
  const home = homeOf(tools, node.id) ?? newHome(tools, node, containers);
  return { ...node, container_id: home.id };
}

const homeOf = (tools: Tools, id: NodeId): Container | undefined =>
  [...tools.containers.values()].find((container) => {
    const { first, last } = blockOf(container, tools.config.port_start);
    return first <= id && id <= last;
  });

function newHome(tools: Tools, node: Node, containers: Containers): Container {
  const { config } = tools;
  const id = Math.max(0, ...tools.containers.keys()) + 1;
  const name = containers.nameFor(id, node);
  const { first, last } = newBlockOf(node.id, sizeOf(containers.placing, config.max_node_per_container));
  return keepContainer(tools, {
    id,
    name,
    engine_id: name,
    image: config.docker_image ?? "",
    status: "NEW",
    created_at: tools.now(),
    port_range_start: config.port_start * 1000 + first,
    port_range_end: config.port_start * 1000 + last,
    metrics_port_range_start: config.metrics_port_start * 1000 + first,
    metrics_port_range_end: config.metrics_port_start * 1000 + last,
    storage: config.node_storage,
  });
}

const sizeOf = (placing: Placing, most: number): number => (placing === "shared" ? most : 1);

function keepContainer(tools: Tools, container: Container): Container {
  tools.store.save({ containers: [container] });
  tools.containers.set(container.id, container);
  return container;
}

/** Remembers what the engine says of the container that the node lives in. */
export async function noteContainer(tools: Tools, node: Node): Promise<void> {
  const manager = tools.manager(node.manager_type);
  if (manager.containers === undefined) return;
  await manager.inspect([node]);
  for (const container of withNews([...tools.containers.values()], manager.containers))
    keepContainer(tools, container);
}

/**
 * Removes containers that are empty without this node, which is leaving: as many as min_container_count can spare, and
 * all of them with the colony's last node.
 */
export async function vacate(tools: Tools, node: Node): Promise<void> {
  const { containers } = tools.manager(node.manager_type);
  if (containers === undefined) return;
  const others = [...tools.nodes.values()].filter(({ id }) => id !== node.id);
  const lived = new Set(others.map(({ container_id }) => container_id));
  const empty = [...tools.containers.values()].filter(({ id }) => !lived.has(id));
  const fewest = containers.placing === "shared" && others.length > 0 ? tools.config.min_container_count : 0;
  for (const container of empty.slice(0, Math.max(0, tools.containers.size - fewest))) {
    await containers.remove(container);
    tools.store.dropContainer(container.id);
    tools.containers.delete(container.id);
  }
}
