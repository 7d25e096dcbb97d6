import type { Call } from "./call.ts";
import { afterClockJump } from "./decide/lifecycle.ts";
import type { Snapshot } from "./decide/snapshot.ts";
import { guarded } from "./execute/guarded.ts";
import { firewallFor } from "./firewall/register.ts";
import { clockJump } from "./host/metrics.ts";
import { type ManagerKind, type Node, nodeLabel, type Seconds } from "./model/node.ts";
import { hasRebooted, look, measure, takenIds } from "./observe.ts";
import { expandHome } from "./os/paths.ts";
import type { ProcessManager } from "./process/manager.ts";
import { managerFor } from "./process/register.ts";
import type { MachineConfig } from "./settings/machine.ts";
import { type Describer, describer, programFor } from "./software/program.ts";
import { SOFTWARE } from "./software/register.ts";
import { adoptable, verifiedStorages } from "./storages.ts";
import type { Store } from "./store/store.ts";

/** Everything a plan is made from, and what this look has changed. */
export type View = {
  readonly snapshot: Snapshot;
  readonly storages: readonly string[];
  readonly changed: readonly Node[];
  /** Troubles of nodes that this look found. */
  readonly news: readonly string[];
  readonly counters: Awaited<ReturnType<typeof measure>>["counters"];
  readonly programs: Describer;
  readonly manager: (kind: ManagerKind) => ProcessManager;
};

/** Looks at the machine and at every node. `before` are the nodes as stored. */
export async function observe(
  call: Call,
  store: Store,
  config: MachineConfig,
  before: readonly Node[],
): Promise<View> {
  const coming = adoptable(store, before, config.node_storage);
  const storages = verifiedStorages(store, before, config.node_storage, coming);
  const manager = await managers(call, config, before);
  const asked = programs(call, store);
  const pace = { ...config, survey_delay: call.once.this_survey_delay ?? config.survey_delay };
  call.lap("storages");
  const last = store.sample();
  const measurement = await measure(config, last, call.world);
  call.lap("measure");
  const jump = clockJump(last, measurement.counters);
  if (jump !== 0) call.log.warn(`The clock was set by ${jump} s; all waits go on as if it had not been`);
  const unshifted = before.map((node) => afterClockJump(node, jump));
  const { nodes, now } = await look(unshifted, pace, manager, asked.describe, call.world);
  call.lap("survey");
  const view = await snapshotOf(call, store, config, { nodes, now, measurement, programs: asked, manager });
  call.lap("snapshot");
  const changed = nodes.filter((node, i) => node !== before[i]);
  const news = nodes
    .filter((node, i) => node.problem !== undefined && node.problem !== before[i]?.problem)
    .map((node) => `${nodeLabel(node)}: ${node.problem}`);
  return { ...view, storages, changed, news, manager };
}

/** Asks programs what they are, and remembers it. */
export const programs = (call: Call, store: Store): Describer => describer(store.binary, call.world.run);

/** What a look at the world found. */
type Seen = {
  readonly nodes: readonly Node[];
  /** The moment of the look: what was judged then is decided on then, and no wait ends in between. */
  readonly now: Seconds;
  readonly measurement: Awaited<ReturnType<typeof measure>>;
  readonly programs: Describer;
  readonly manager: View["manager"];
};

/** Everything that deciding looks at, of nodes that were looked at or are stored. */
export async function snapshotOf(call: Call, store: Store, config: MachineConfig, seen: Seen) {
  const { world, once } = call;
  const { nodes, programs } = seen;
  const { metrics, counters } = seen.measurement;
  const path = expandHome(config.antnode_path, world.home);
  const binary = await programFor(config.node_software, path, programs.describe);
  const containers = store.containers();
  const manager = seen.manager(config.process_manager);
  const snapshot: Snapshot = {
    config,
    metrics,
    nodes,
    now: seen.now,
    binary,
    rationed: binary.version !== undefined && SOFTWARE[binary.software].rationed,
    upgrades: once.enable_upgrade === true,
    bad_versions: store.badVersions(),
    rebooted: hasRebooted(store.sample(), counters, config, metrics),
    ids: manager.ids,
    placing: manager.containers?.placing,
    containers,
    // Read only where a node may be added: the kernel's tables of sockets are long (70 ms for 4000 sockets, measured).
    taken:
      nodes.length < config.node_cap || once.force_action === "add"
        ? await takenIds(config, nodes, containers, world)
        : new Set(),
  };
  return { snapshot, counters, programs };
}

/** What the managers are told. */
export const managerSettings = (call: Call, config: MachineConfig) => ({
  ...config,
  paths: call.options.paths,
  rust_backtrace: call.once.rust_backtrace,
});

/** The colony's manager and those of the nodes, made once; with the firewall before one that has the rights for it. */
export async function managers(
  call: Call,
  config: MachineConfig,
  nodes: readonly Node[],
): Promise<View["manager"]> {
  const made = new Map<ManagerKind, ProcessManager>();
  for (const kind of new Set([config.process_manager, ...nodes.map((node) => node.manager_type)])) {
    const manager = await managerFor(kind, call.world, managerSettings(call, config));
    const isGuarded = manager.privileged === true;
    made.set(kind, isGuarded ? guarded(manager, firewallFor(config.firewall, call.world)) : manager);
  }
  return (kind) => {
    const manager = made.get(kind);
    if (manager === undefined) throw new Error(`Neither a node nor the settings name the manager ${kind}`);
    return manager;
  };
}

/** Tells what the operator has to know before relying on the manager. */
export function warn(call: Call, manager: ProcessManager): void {
  for (const line of manager.warnings?.() ?? []) call.log.warn(line);
}
