import { counted } from "../../base/text.ts";
import type { MachineConfig } from "../../settings/machine.ts";

/** Disk and memory available to nodes, in bytes; undefined: not measured. */
export type Resources = {
  /** The storage's disk as df(1) counts it; `usable` is used plus available. */
  readonly disk: { readonly usable: number; readonly free: number } | undefined;
  readonly memory: { readonly total: number; readonly free: number } | undefined;
};

/** What the colony's nodes use now, in bytes. */
export type Held = { readonly disk: number; readonly memory: number };

/** How many nodes one resource can sustain, and the calculation as text. */
export type Room = { readonly of: "disk" | "memory"; readonly nodes: number; readonly sum: string };

/** Planned disk per node: an antnode with 16384 records of about 2.1 MB. An ant-node has no limit; the same is assumed. */
const NODE_DISK_BYTES = 35e9;
/** Assumed memory per node until measured: an ant-node was seen at up to 103 MB, an antnode at more as it fills. */
const NODE_MEMORY_BYTES = 200e6;

const gb = (bytes: number): string =>
  bytes < 10e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e9)} GB`;

/** Lower bound for the measured memory per node: a node that has just started uses far less than later. */
const LEAST_MEMORY_BYTES = 100e6;

/** One resource in bytes, the setting that reserves a share of it, and the need of one node, as a number and as text. */
type Resource = {
  readonly all: number;
  readonly free: number;
  readonly held: number;
  readonly limit: readonly [name: string, percent: number];
  readonly each: number;
  readonly one: string;
};

function roomOf(of: Room["of"], { all, free, held, limit: [name, percent], each, one }: Resource): Room {
  const kept = (all * Math.max(0, 100 - percent)) / 100;
  const room = Math.max(0, free + held - kept);
  const nodes = Math.floor(room / each);
  const own = held > 0 ? ` and ${gb(held)} of nodes` : "";
  return {
    of,
    nodes,
    sum: `${gb(free)} free${own}, ${gb(kept)} stay free (${name} ${percent} %): ${gb(room)} / ${one} = ${counted(nodes, "node")}`,
  };
}

/** How many nodes disk and memory can sustain; `measured` is the mean memory of the nodes in bytes. Pure. */
export function roomFor(
  { hd_remove, mem_remove }: Pick<MachineConfig, "hd_remove" | "mem_remove">,
  { disk, memory }: Resources,
  held: Held,
  measured: number | undefined,
): readonly Room[] {
  const each = measured === undefined ? NODE_MEMORY_BYTES : Math.max(LEAST_MEMORY_BYTES, measured);
  const rooms: Room[] = [];
  if (disk !== undefined)
    rooms.push(
      roomOf("disk", {
        ...{ all: disk.usable, free: disk.free, held: held.disk, limit: ["hd_remove", hd_remove] },
        ...{ each: NODE_DISK_BYTES, one: `${gb(NODE_DISK_BYTES)} for a full node` },
      }),
    );
  if (memory !== undefined)
    rooms.push(
      roomOf("memory", {
        ...{ all: memory.total, free: memory.free, held: held.memory, limit: ["mem_remove", mem_remove] },
        ...{ each, one: `${Math.round(each / 1e6)} MB for a node` },
      }),
    );
  return rooms;
}

/** The number of nodes that every resource can sustain, at least one; undefined when nothing was measured. Pure. */
export const capFor = (rooms: readonly Room[]): number | undefined =>
  rooms.length === 0 ? undefined : Math.max(1, Math.min(MOST_NODES, ...rooms.map(({ nodes }) => nodes)));

/** With more nodes, two colonies would not fit into one block of a thousand ports. */
const MOST_NODES = 500;
