import { type Block, blockOf, type Container } from "../model/container.ts";
import type { Node, NodeId } from "../model/node.ts";
import type { MachineConfig } from "../settings/machine.ts";

/** The input for placing a new node in a shared container. */
export type Housing = {
  readonly config: MachineConfig;
  readonly nodes: readonly Pick<Node, "id">[];
  readonly containers: readonly Container[];
  /** Numbers that new nodes must not use. */
  readonly taken: ReadonlySet<NodeId>;
};

const HIGHEST_PORT = 65_535;

/**
 * Yields blocks of node numbers for new containers, above all existing blocks, until ports run out. Skips a block with a
 * taken number, because the container could not bind that port and would not start.
 */
function* newBlocks(housing: Housing): Generator<Block> {
  const { config, containers, nodes, taken } = housing;
  const size = config.max_node_per_container;
  const last = highestId(config);
  const blocks = containers.map((container) => blockOf(container, config.port_start));
  const own = new Set<number>(nodes.map((node) => node.id));
  const above = Math.max(0, ...blocks.map((block) => block.last));
  for (let first = Math.ceil(above / size) * size + 1; first + size - 1 <= last; first += size) {
    const ids = Array.from({ length: size }, (_, i) => (first + i) as NodeId);
    if (!ids.some((id) => taken.has(id) || own.has(id))) yield newBlockOf(first as NodeId, size);
  }
}

/** The block that contains this number: 1-200, 201-400 … for a size of 200. */
export function newBlockOf(id: NodeId, size: number): Block {
  const before = Math.floor((id - 1) / size) * size;
  return { first: (before + 1) as NodeId, last: (before + size) as NodeId };
}

/** The highest number whose ports stay below 65536 and within its block of a thousand ports. */
export function highestId(
  config: Pick<MachineConfig, "port_start" | "metrics_port_start" | "rpc_port_start">,
): number {
  const starts = [config.metrics_port_start, config.rpc_port_start, config.port_start].toSorted(
    (a, b) => a - b,
  );
  const gaps = starts.slice(1).map((start, i) => (start - (starts[i] ?? 0)) * 1000);
  return Math.min(HIGHEST_PORT - (starts.at(-1) ?? 0) * 1000, ...gaps.filter((gap) => gap > 0));
}

/**
 * Numbers for `wanted` new nodes in shared containers; fewer when ports run out. Each node goes to the container with the
 * fewest nodes. A new container is used while there are fewer than min_container_count, or when all are full. Pure.
 */
export function placesFor(housing: Housing, wanted: number): readonly NodeId[] {
  const { config, containers, nodes, taken } = housing;
  const fresh = newBlocks(housing);
  const used = new Set<number>(nodes.map((node) => node.id));
  const blocks: Block[] = containers
    .filter(({ storage }) => storage === config.node_storage[0])
    .map((container) => blockOf(container, config.port_start));
  const begin = (): Block | undefined => {
    const { value } = fresh.next();
    if (value !== undefined) blocks.push(value as Block);
    return value as Block | undefined;
  };
  while (blocks.length < config.min_container_count && begin() !== undefined);
  const ids: NodeId[] = [];
  const place = (block: Block | undefined): NodeId | undefined =>
    block === undefined ? undefined : freePlace(block, used, taken, config.max_node_per_container);
  while (ids.length < wanted) {
    const roomiest = blocks
      .filter((block) => place(block) !== undefined)
      .toSorted((a, b) => residents(a, used) - residents(b, used) || a.first - b.first)[0];
    const id = place(roomiest ?? begin());
    if (id === undefined) break;
    ids.push(id);
    used.add(id);
  }
  return ids;
}

function residents(block: Block, used: ReadonlySet<number>): number {
  let count = 0;
  for (let id: number = block.first; id <= block.last; id++) if (used.has(id)) count++;
  return count;
}

function freePlace(
  block: Block,
  used: ReadonlySet<number>,
  taken: ReadonlySet<NodeId>,
  most: number,
): NodeId | undefined {
  if (residents(block, used) >= most) return undefined;
  for (let id: number = block.first; id <= block.last; id++) {
    if (!used.has(id) && !taken.has(id as NodeId)) return id as NodeId;
  }
  return undefined;
}
