import * as v from "valibot";
import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import type { ProcessState } from "../../model/observation.ts";
import { NODE_ACCOUNT } from "../../os/elevation.ts";
import { bytesOf } from "../../os/files/open-regular.ts";
import { isThere, presenceOf } from "../../os/files/presence.ts";
import { identityOf } from "../../os/processes/identity.ts";
import { readNodeArguments } from "../../software/node-arguments.ts";
import { OWN_PROCESSES, processesOfAccount } from "../../software/node-owner.ts";
import { lookForNodes, type NodeSight } from "../../software/node-processes.ts";
import { soughtAt } from "../../software/sought.ts";
import type { Discovery, FoundNode, FoundNodes, LeftOut } from "../contract/found-node.ts";

const port = v.nullish(v.number());
const text = v.nullish(v.string());

/** A node of antctl's registry (node_registry.json, schema 0 to 2): the fields that wnm needs. */
const RegistryNode = v.object({
  antnode_path: v.string(),
  data_dir_path: v.string(),
  log_dir_path: text,
  evm_network: v.union([v.string(), v.record(v.string(), v.unknown())]),
  listen_addr: v.nullish(v.array(v.string())),
  metrics_port: port,
  node_port: port,
  no_upnp: v.optional(v.boolean(), false),
  number: v.number(),
  relay: v.optional(v.boolean(), false),
  rewards_address: v.string(),
  rpc_socket_addr: text,
  service_name: v.string(),
  status: v.string(),
  user: text,
  user_mode: v.optional(v.boolean()),
});
type RegistryNode = v.InferOutput<typeof RegistryNode>;

/** The nodes of one registry, and which of them run. Throws WnmError when it cannot be read. */
export function discoverRegistry({ registry, user_mode }: RegistrySource): Discovery {
  const { found, left_out } = nodesOfRegistry(registry, user_mode);
  const look = lookForNodes(user_mode ? OWN_PROCESSES : processesOfAccount(NODE_ACCOUNT));
  const stateAt = (folder: string, user: string | undefined): ProcessState =>
    stateOfService(look.process(soughtAt(folder, user)), folder);
  return {
    found: found.map((node) => ({
      ...node,
      process: stateAt(readNodeArguments(node.args).root_dir ?? "", node.user),
    })),
    left_out,
  };
}

/** The state of a service, judged by its process; the registry may be out of date. */
export function stateOfService(sight: NodeSight, folder: string): ProcessState {
  switch (sight.seen) {
    case "living":
      return { state: "running", process: identityOf(sight.process) };
    case "ended":
      return withoutProcess(folder);
    default:
      return { state: "unknown", because: sight.because, hidden: true };
  }
}

function withoutProcess(folder: string): ProcessState {
  const presence = presenceOf(folder);
  if (presence === "present") return { state: "stopped" };
  if (presence === "absent") return { state: "missing" };
  return { state: "unknown", because: `${folder} cannot be accessed: ${presence.unknown}` };
}

/** An antctl registry file, and whether it is an account's or the system's. */
export type RegistrySource = { readonly registry: string; readonly user_mode: boolean };

/** The nodes in one registry; none without a registry. Removed nodes stay in the registry and are skipped. */
export function nodesOfRegistry(path: string, user_mode: boolean): FoundNodes {
  if (!isThere(path)) return { found: [], left_out: [] };
  const found: FoundNode[] = [];
  const left_out: LeftOut[] = [];
  for (const [i, entry] of entriesOf(path).entries()) {
    const source = `${path}, node ${i + 1}`;
    const parsed = v.safeParse(RegistryNode, entry);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      left_out.push({ source, because: `its entry is not as antctl writes it: ${v.getDotPath(issue)}` });
    } else if (parsed.output.status !== "Removed") {
      found.push(nodeOf(parsed.output, source, user_mode));
    }
  }
  return { found, left_out };
}

function entriesOf(path: string): readonly unknown[] {
  const unreadable = (why: string) =>
    new WnmError(
      `antctl's registry ${path} cannot be read: ${why}. Nothing was changed; if antctl is running, try again when it has ended.`,
    );
  let registry: unknown;
  try {
    registry = JSON.parse(bytesOf(path, "registry").toString("utf8"));
  } catch (error) {
    throw unreadable(messageOf(error));
  }
  const nodes =
    typeof registry === "object" && registry !== null && "nodes" in registry ? registry.nodes : null;
  if (!Array.isArray(nodes)) throw unreadable("it holds no list of nodes");
  return nodes;
}

/** antctl's names of the networks, and antnode's. */
const NETWORKS: Readonly<Record<string, string>> = {
  ArbitrumOne: "evm-arbitrum-one",
  ArbitrumSepoliaTest: "evm-arbitrum-sepolia-test",
};

function nodeOf(node: RegistryNode, source: string, user_mode: boolean): FoundNode {
  const network = typeof node.evm_network === "string" ? NETWORKS[node.evm_network] : undefined;
  return {
    manager: (node.user_mode ?? user_mode) ? "antctl+user" : "antctl+sudo",
    source,
    service: node.service_name,
    user: node.user ?? undefined,
    program: node.antnode_path,
    args: [
      "--root-dir",
      node.data_dir_path,
      ...(node.log_dir_path ? ["--log-output-dest", node.log_dir_path] : []),
      ...(node.no_upnp ? ["--no-upnp"] : []),
      ...(node.relay ? ["--relay"] : []),
      "--rewards-address",
      node.rewards_address,
      network ?? "evm-custom",
    ],
    env: {},
    number: node.number,
    ports: portsOf(node),
  };
}

function portsOf(node: RegistryNode): NonNullable<FoundNode["ports"]> {
  const listened = node.listen_addr
    ?.map((address) => Number(/\/udp\/(\d{1,5})(?:\/|$)/.exec(address)?.[1] ?? 0))
    .find((found) => found > 0);
  const rpc = Number(/:(\d{1,5})$/.exec(node.rpc_socket_addr ?? "")?.[1] ?? 0);
  return {
    ...known("port", node.node_port || listened),
    ...known("metrics_port", node.metrics_port),
    ...known("rpc_port", rpc),
  };
}

const known = (name: string, value: number | null | undefined): Record<string, number> =>
  typeof value === "number" && value > 0 ? { [name]: value } : {};
