import * as v from "valibot";
import { messageOf } from "../../base/text.ts";
import { bytesOf } from "../../os/files/open-regular.ts";
import { isUnknown, presenceOf } from "../../os/files/presence.ts";
import type { FoundNode, FoundNodes, LeftOut } from "../contract/found-node.ts";

const HIGHEST_PORT = 65_535;
const HIGHEST_ID = 4_294_967_295;
const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));
const port = v.nullish(whole(HIGHEST_PORT));
const text = v.nullish(v.string());
/** A value that no program can mistake for a flag. */
const value = v.pipe(v.string(), v.regex(/^[^-]/));

/** A node of the registry (ant-core 0.14.0, node/types.rs): the fields that wnm needs; older ones lack some. */
const RegistryNode = v.object({
  id: whole(HIGHEST_ID),
  rewards_address: value,
  data_dir: value,
  log_dir: text,
  node_port: port,
  metrics_port: port,
  binary_path: value,
  env_variables: v.optional(v.record(v.string(), v.string()), {}),
  bootstrap_peers: v.optional(v.array(value), []),
  upgrade_channel: v.nullish(v.picklist(["stable", "beta"])),
  evm_network: v.nullish(value),
  eviction: v.nullish(v.object({ reason: v.string() })),
});
type RegistryNode = v.InferOutput<typeof RegistryNode>;

/** The nodes in the daemon's registry; none without a registry. Malformed entries are left out with the reason. */
export function nodesOfDaemon(path: string): FoundNodes {
  const presence = presenceOf(path);
  if (presence === "absent") return { found: [], left_out: [] };
  const unreadable = (why: string): FoundNodes => ({
    found: [],
    left_out: [{ source: path, because: `it is not a registry of the ant node daemon: ${why}` }],
  });
  if (isUnknown(presence)) return unreadable(presence.unknown);
  let nodes: unknown;
  try {
    const registry: unknown = JSON.parse(bytesOf(path, "registry").toString("utf8"));
    nodes = v.parse(
      v.object({ schema_version: v.literal(1), nodes: v.record(v.string(), v.unknown()) }),
      registry,
    ).nodes;
  } catch (error) {
    return unreadable(messageOf(error));
  }
  return foundIn(path, nodes as Readonly<Record<string, unknown>>);
}

function foundIn(path: string, nodes: Readonly<Record<string, unknown>>): FoundNodes {
  const found: FoundNode[] = [];
  const left_out: LeftOut[] = [];
  for (const [key, entry] of Object.entries(nodes)) {
    const source = `${path}, node ${key}`;
    const parsed = v.safeParse(RegistryNode, entry);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      left_out.push({ source, because: `its entry is not as the daemon writes it: ${v.getDotPath(issue)}` });
    } else if (parsed.output.eviction) {
      left_out.push({ source, because: `the daemon has deleted it: ${parsed.output.eviction.reason}` });
    } else found.push(nodeOf(parsed.output, source));
  }
  return { found, left_out };
}

const nodeOf = (node: RegistryNode, source: string): FoundNode => ({
  manager: "setsid+user",
  source,
  service: undefined,
  user: undefined,
  program: node.binary_path,
  args: argumentsOf(node),
  env: node.env_variables,
  number: node.id,
  obstacle: whyNotPassed(node.env_variables),
});

/** The arguments that the daemon starts the node with. */
const argumentsOf = (node: RegistryNode): readonly string[] => [
  ...["--rewards-address", node.rewards_address, "--root-dir", node.data_dir],
  ...(node.log_dir ? ["--enable-logging", "--log-dir", node.log_dir] : []),
  ...(node.node_port ? ["--port", String(node.node_port)] : []),
  ...(node.metrics_port ? ["--metrics-port", String(node.metrics_port)] : []),
  ...node.bootstrap_peers.flatMap((peer) => ["--bootstrap", peer]),
  ...(node.upgrade_channel ? ["--upgrade-channel", node.upgrade_channel] : []),
  "--stop-on-upgrade",
  ...(node.evm_network ? ["--evm-network", node.evm_network] : []),
];

/** Why wnm cannot pass these environment variables to the node; undefined when it can. */
function whyNotPassed(variables: Readonly<Record<string, string>>): string | undefined {
  const bad = Object.entries(variables).find(
    ([name, content]) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || /\p{Cc}/u.test(content),
  );
  return bad === undefined ? undefined : `its variable ${bad[0]} cannot be given to a program`;
}
