import { newBlockOf } from "../decide/container-slots.ts";
import { blockOf, type Container, type Placing } from "../model/container.ts";
import { type Node, type NodeId, storageOf } from "../model/node.ts";
import { changedContainers } from "../observe/changed-containers.ts";
import type { Containers } from "../process/contract/manager.ts";
import type { ExecutionContext } from "./context.ts";

/** Assigns the new node a container: one of the colony's, or a new one, whose row is saved before it is created. */
export function assignContainer(context: ExecutionContext, node: Node): Node {
  const { containers } = context.manager(node.manager_type);
  if (containers === undefined) return node;
  const container = containerFor(context, node.id) ?? newContainer(context, node, containers);
  return { ...node, container_id: container.id };
}

const containerFor = (context: ExecutionContext, id: NodeId): Container | undefined =>
  [...context.containers.values()].find((container) => {
    const { first, last } = blockOf(container, context.config.port_start);
    return first <= id && id <= last;
  });

function newContainer(context: ExecutionContext, node: Node, containers: Containers): Container {
  const { config } = context;
  const id = Math.max(0, ...context.containers.keys()) + 1;
  const name = containers.nameFor(id, node);
  const { first, last } = newBlockOf(node.id, sizeOf(containers.placing, config.max_node_per_container));
  return saveContainer(context, {
    id,
    name,
    engine_id: name,
    image: config.docker_image ?? "",
    status: "NEW",
    created_at: context.now(),
    port_range_start: config.port_start * 1000 + first,
    port_range_end: config.port_start * 1000 + last,
    metrics_port_range_start: config.metrics_port_start * 1000 + first,
    metrics_port_range_end: config.metrics_port_start * 1000 + last,
    storage: storageOf(node),
  });
}

const sizeOf = (placing: Placing, most: number): number => (placing === "shared" ? most : 1);

function saveContainer(context: ExecutionContext, container: Container): Container {
  context.store.save({ containers: [container] });
  context.containers.set(container.id, container);
  return container;
}

/** Saves the state of the node's container as reported by the engine. */
export async function recordContainers(context: ExecutionContext, node: Node): Promise<void> {
  const manager = context.manager(node.manager_type);
  if (manager.containers === undefined) return;
  await manager.inspect([node]);
  for (const container of changedContainers([...context.containers.values()], manager.containers))
    saveContainer(context, container);
}

/** Removes containers that are empty without this node, down to min_container_count, or all with the last node. */
export async function removeEmptyContainers(context: ExecutionContext, node: Node): Promise<void> {
  const { containers } = context.manager(node.manager_type);
  if (containers === undefined) return;
  const others = [...context.nodes.values()].filter(({ id }) => id !== node.id);
  const inhabited = new Set(others.map(({ container_id }) => container_id));
  const empty = [...context.containers.values()].filter(({ id }) => !inhabited.has(id));
  const fewest =
    containers.placing === "shared" && others.length > 0 ? context.config.min_container_count : 0;
  for (const container of empty.slice(0, Math.max(0, context.containers.size - fewest))) {
    await containers.remove(container);
    context.store.dropContainer(container.id);
    context.containers.delete(container.id);
  }
}
