import { BECOMES, UNSEEN } from "../decide/lifecycle.ts";
import { WnmError } from "../errors.ts";
import { type Node, type NodeId, nodeName } from "../model/node.ts";
import { chooseWallet } from "../settings/rewards.ts";
import { SOFTWARE } from "../software/register.ts";
import { launchOf, usableBinary } from "./launch.ts";
import { forget, keep, type Tools } from "./tools.ts";

/** EVM network of new nodes: the one where rewards are real. */
const NETWORK = "evm-arbitrum-one";

/** Creates and starts a node. When that fails nothing is left of it. */
export async function add(tools: Tools, id: NodeId): Promise<void> {
  const { version } = usableBinary(tools.binary);
  const fresh = newNode(tools, id, version);
  const manager = tools.manager(fresh.manager_type);
  const { launch } = await launchOf(tools, fresh);
  const node = keep(tools, BECOMES.starting(fresh, tools.now()));
  if (manager.ids === "never reuse") tools.store.save({ settings: { highest_node_id_used: id } });
  try {
    await manager.create(node, launch);
    keep(tools, BECOMES.started(node, await manager.start(node, launch)));
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    await undo(tools, node);
    throw error;
  }
}

async function undo(tools: Tools, node: Node): Promise<void> {
  const manager = tools.manager(node.manager_type);
  const removing = keep(tools, BECOMES.removing(node, tools.now()));
  await manager.stop(removing);
  await manager.remove(removing, tools.grounds);
  forget(tools, removing);
}

function newNode(tools: Tools, id: NodeId, version: string): Node {
  const { config, paths } = tools;
  const manager = tools.manager(config.process_manager);
  const label = `antnode${nodeName(id)}`;
  const root_dir = `${config.node_storage}/${label}`;
  const now = tools.now();
  return {
    ...UNSEEN,
    id,
    manager_type: config.process_manager,
    node_name: nodeName(id),
    service: `${label}.service`,
    user: manager.account.user,
    binary: `${root_dir}/${SOFTWARE.antnode.program}`,
    version,
    root_dir,
    log_dir: `${paths.logs}/${label}`,
    port: config.port_start * 1000 + id,
    metrics_port: config.metrics_port_start * 1000 + id,
    rpc_port: config.rpc_port_start * 1000 + id,
    network: NETWORK,
    wallet: chooseWallet(
      config.rewards_address ?? config.donate_address,
      config.donate_address,
      tools.random(),
    ),
    status: "STOPPED",
    status_since: now,
    born_at: now,
    host: config.host,
    method: config.process_manager,
    environment: undefined,
    wanted: "running",
  };
}
