import { firewallFor } from "../firewall/firewalls.ts";
import type { ManagerKind, Node } from "../model/node.ts";
import type { ProcessManager } from "../process/contract/manager.ts";
import { withFirewall } from "../process/contract/with-firewall.ts";
import { managerFor } from "../process/managers.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { ObservationContext } from "./context.ts";

/** Returns the process manager of a kind used by the settings or a node. */
export type ManagerOf = (kind: ManagerKind) => ProcessManager;

/** The kinds of process manager in use, by the settings and the nodes. */
export const managerKinds = (
  { process_manager }: Pick<MachineConfig, "process_manager">,
  nodes: readonly Node[],
): ReadonlySet<ManagerKind> => new Set([process_manager, ...nodes.map((node) => node.manager_type)]);

/** The process managers in use, each created once, wrapped to open and close firewall ports if they may. */
export async function managersInUse(
  { config, paths, world, warn, rustBacktrace }: Omit<ObservationContext, "store">,
  nodes: readonly Node[],
): Promise<ManagerOf> {
  const settings = { ...config, paths, rust_backtrace: rustBacktrace };
  const made = new Map<ManagerKind, ProcessManager>();
  for (const kind of managerKinds(config, nodes)) {
    const manager = await managerFor(kind, world, settings);
    const withPorts = manager.privileged === true;
    made.set(kind, withPorts ? withFirewall(manager, firewallFor(config.firewall, world), warn) : manager);
  }
  return (kind) => {
    const manager = made.get(kind);
    if (manager === undefined) throw new Error(`Neither a node nor the settings name the manager ${kind}`);
    return manager;
  };
}
