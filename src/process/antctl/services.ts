import { failureOf, WnmError } from "../../base/errors.ts";
import { type Node, type NodeId, nodeLabel } from "../../model/node.ts";
import type { Launch, Placement } from "../contract/manager.ts";
import type { AntctlAccess } from "./access.ts";
import { addArguments } from "./arguments.ts";
import { checkFolders, refuseUnknown } from "./checks.ts";
import { type AntctlEntry, addedIn, statusIn } from "./output.ts";

/** Access to the nodes' antctl services. */
export type Services = {
  /** Every service of the registry, removed ones included. */
  entries(): Promise<readonly AntctlEntry[]>;
  /** The node's service in the registry. */
  entryOf(node: Node): Promise<AntctlEntry | undefined>;
  /** The node's name and folders if this run added it. */
  placed(node: Node): Placement | undefined;
  /** The node's current service; its recorded name may meanwhile belong to another one. */
  find(node: Node): Promise<Placement | undefined>;
  /** As `find`. Throws WnmError when antctl has no service of the node. */
  require(node: Node): Promise<Placement>;
  /** Adds a service for the node unless it has one. */
  add(node: Node, launch: Launch): Promise<void>;
  forget(node: Node): void;
  forgetAll(): void;
};

/** The services that antctl keeps for the nodes. */
export function servicesOf(access: AntctlAccess): Services {
  const { antctl, style } = access;
  const placements = new Map<NodeId, Placement>();
  const services: Services = {
    entries: async () => statusIn(await antctl(["status", "--json"])),
    entryOf: async (node) => (await services.entries()).find((entry) => isOf(entry, node)),
    placed: (node) => placements.get(node.id),
    find: async (node) => placements.get(node.id) ?? (await services.entryOf(node)),
    async require(node) {
      const service = await services.find(node);
      if (service === undefined) throw new WnmError(`antctl has no service of ${nodeLabel(node)}`);
      return service;
    },
    async add(node, launch) {
      const existing = await services.entryOf(node);
      if (existing !== undefined) {
        placements.set(node.id, placementOf(existing));
        return;
      }
      checkFolders(node, launch, access);
      if (style.program.from === "file") refuseUnknown(node, launch, access);
      try {
        const added = addedIn(await antctl(addArguments(node, launch, style)));
        // The output varies between versions of antctl; the registry identifies the service by its ports in any case.
        placements.set(node.id, placementOf(added ?? (await services.require(node))));
      } catch (error) {
        const left = await failureOf(() => services.entryOf(node));
        // Unknown, or antctl never reuses the ports of a removed service: the number is not free.
        if (left instanceof WnmError || isTaken(error)) placements.set(node.id, placementOf(node));
        else if (left !== undefined) placements.set(node.id, placementOf(left));
        throw error;
      }
    },
    forget: (node) => void placements.delete(node.id),
    forgetAll: () => placements.clear(),
  };
  return services;
}

/** True when antctl rejects a port as used; it never reuses one, not even of a removed service. */
const isTaken = (error: unknown): boolean =>
  error instanceof WnmError && /\bport \d+ is being used\b/i.test(error.message);

/** False until antctl has named the service: new nodes carry a name like that of wnm's own units. */
const isNamed = (node: Node): boolean => !node.service.endsWith(".service");

/**
 * True when the service is the node's: same name and same ports, which antctl gives to one service only. A service that
 * was already running before wnm learned its name belongs to something else.
 */
export function isOf(entry: AntctlEntry, node: Node): boolean {
  if (entry.status === "Removed") return false;
  const samePorts = entry.node_port === node.port && entry.metrics_port === node.metrics_port;
  if (isNamed(node)) return samePorts && entry.service === node.service;
  return samePorts && entry.rpc_port === node.rpc_port && entry.status === "Added";
}

/** The node's name and folders at antctl. */
const placementOf = ({ service, binary, root_dir, log_dir }: Placement): Placement => ({
  service,
  binary,
  root_dir,
  log_dir,
});
