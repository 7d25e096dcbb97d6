import { isInUse } from "../decide/barred.ts";
import { withSample } from "../decide/history.ts";
import { isOutdated, type Snapshot } from "../decide/snapshot.ts";
import { whyLimited } from "../host/process-limits.ts";
import type { History } from "../model/history.ts";
import type { NodeBinary } from "../model/host.ts";
import type { Node, NodeId } from "../model/node.ts";
import { presenceOf } from "../os/files/presence.ts";
import { silentFolders } from "../os/files/silent-folders.ts";
import { expandHome } from "../os/paths.ts";
import { passesLimitsOn } from "../process/managers.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { foldersForNew } from "../settings/storage-folders.ts";
import { SOFTWARE } from "../software/generations.ts";
import { programFor } from "../software/program-for.ts";
import { knownPrograms, type Programs } from "../software/programs.ts";
import type { ObservationContext } from "./context.ts";
import { withDiskSamples } from "./disk-samples.ts";
import { seeDisks } from "./disks.ts";
import type { JudgedNodes } from "./judge-nodes.ts";
import { type ManagerOf, managerKinds, managersInUse } from "./managers.ts";
import { hasRebooted, type Measurement, measure } from "./measure.ts";
import { storageFolders } from "./storages.ts";
import { takenIds } from "./taken-ids.ts";
import { whyNoNewNode } from "./why-no-new-node.ts";

/** The observations. */
type Seen = Omit<JudgedNodes, "findings"> & {
  readonly measurement: Measurement;
  readonly disk_use: Snapshot["disk_use"];
  readonly disks: Snapshot["disks"];
  readonly disk_histories: Snapshot["disk_histories"];
  /** The machine's measurements, past and current. */
  readonly history: History;
  readonly programs: Programs;
  readonly managerOf: ManagerOf;
};

/** Builds the input of decisions. */
export async function snapshotOf(context: ObservationContext, seen: Seen): Promise<Snapshot> {
  const { store, config, unreadable, world } = context;
  const { nodes, now, doubtful, measurement, programs } = seen;
  const path = expandHome(config.antnode_path, world.home);
  const binary = await programFor(config.node_software, path, programs.ofOperator);
  const containers = store.containers();
  const kinds = managerKinds(config, nodes);
  const manager = seen.managerOf(config.process_manager);
  const hasPlace = seen.disks.some(({ for_new }) => for_new.length > 0);
  const mayAdd = hasPlace && (nodes.length < config.node_cap || context.addForced);
  return {
    config,
    metrics: measurement.metrics,
    disks: seen.disks,
    disk_histories: seen.disk_histories,
    history: seen.history,
    nodes,
    disk_use: seen.disk_use,
    now,
    binary,
    upgrades: context.upgradesAllowed,
    bad_versions: store.badVersions(),
    held_back: context.upgradesAllowed ? heldBack(nodes, binary) : new Map(),
    rebooted: hasRebooted(store.sample(), measurement, config, nodes),
    no_new_node: mayAdd
      ? (whyNoNewNode(binary, manager, config) ?? whyLimitedHere(config, nodes))
      : undefined,
    ids: manager.ids,
    placing: manager.containers?.placing,
    containers,
    // Read only if a node may be added, because the kernel's socket tables are long (70 ms for 4000 sockets, measured).
    taken: mayAdd ? await takenIds(context, seen, containers, binary) : new Set(),
    doubtful,
    unreadable: {
      ...unreadable,
      settings: new Map(
        [...unreadable.settings].filter(([name]) => isInUse(name, kinds, config.rewards_address)),
      ),
    },
  };
}

/** Why the resource limits that a new node would inherit are too low. */
function whyLimitedHere(config: MachineConfig, nodes: readonly Node[]): string | undefined {
  if (!passesLimitsOn(config.process_manager)) return undefined;
  return whyLimited(
    nodes.flatMap(({ pid }) => pid ?? []),
    config.mem_less_than,
  );
}

/** Outdated nodes whose data the new version cannot read, with the reason. */
function heldBack(nodes: readonly Node[], binary: NodeBinary): Snapshot["held_back"] {
  const held = new Map<NodeId, string>();
  for (const node of nodes) {
    if (binary.version === undefined || !isOutdated(node, binary)) continue;
    const because = SOFTWARE[node.software].whyNotBecome(node, binary.version);
    if (because !== undefined) held.set(node.id, because);
  }
  return held;
}

/** A snapshot of the machine's current state with the stored nodes. */
export async function snapshotOfStored(
  context: ObservationContext,
  nodes: readonly Node[],
): Promise<Snapshot> {
  const { store, config, world } = context;
  const folders = storageFolders(config.node_storage, nodes);
  const silent = await silentFolders(folders);
  const there = folders.filter((folder) => !silent.has(folder) && presenceOf(folder) === "present");
  const { disks, first } = seeDisks(there, foldersForNew(config));
  const measurement = await measure(config, store.sample(), world, first);
  const managerOf = await managersInUse(context, []);
  const programs = programsOf(context);
  const now = world.clock.now();
  const living = nodes.filter(({ pid }) => pid !== undefined).length;
  const history = withSample(store.history(), measurement.metrics, living, now);
  const unlooked = { doubtful: new Map(), disk_use: new Map() };
  const disk_histories = withDiskSamples(store, disks, now, 0);
  const seen = { ...unlooked, disks, disk_histories, nodes, now, measurement, history, programs, managerOf };
  return snapshotOf(context, seen);
}

/** The node programs known to the colony. */
export const programsOf = ({ store, world }: Pick<ObservationContext, "store" | "world">): Programs =>
  knownPrograms(store, world.run, world.uid);
