import type { Node, NodeId } from "../model/node.ts";
import { placesFor } from "./container-slots.ts";
import type { Snapshot } from "./snapshot.ts";

/** Youngest first, then the higher number: the order in which nodes are stopped or removed. */
export const youngestFirst = (nodes: readonly Node[]): readonly Node[] =>
  nodes.toSorted((a, b) => b.born_at - a.born_at || b.id - a.id);

/** Oldest first, then the lower number: the order in which nodes are started and upgraded. */
export const oldestFirst = (nodes: readonly Node[]): readonly Node[] =>
  nodes.toSorted((a, b) => a.born_at - b.born_at || a.id - b.id);

const HIGHEST_PORT = 65_535;

/** Numbers for `wanted` new nodes, skipping those taken; fewer when ports run out. */
export function nextIds(s: Snapshot, wanted: number): readonly NodeId[] {
  if (s.placing === "shared") return placesFor(s, wanted);
  const used = new Set<number>(s.nodes.map((node) => node.id));
  const highest = Math.max(0, s.config.highest_node_id_used ?? 0, ...used);
  const ids: NodeId[] = [];
  const block = Math.max(s.config.port_start, s.config.metrics_port_start, s.config.rpc_port_start);
  const last = HIGHEST_PORT - block * 1000;
  for (let id = s.ids === "never reuse" ? highest + 1 : 1; ids.length < wanted && id <= last; id++) {
    const candidate = id as NodeId;
    if (!used.has(id) && !s.taken.has(candidate)) ids.push(candidate);
  }
  return ids;
}
