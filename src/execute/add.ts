import { BECOMES, NO_READINGS } from "../decide/lifecycle.ts";
import { WnmError } from "../errors.ts";
import { type Node, type NodeId, nodeName } from "../model/node.ts";
import type { Start } from "../process/manager.ts";
import { chooseWallet } from "../settings/rewards.ts";
import { SOFTWARE } from "../software/register.ts";
import { create } from "./create.ts";
import { launchOf, usableBinary } from "./launch.ts";
import { failureOf, startAll } from "./together.ts";
import { forget, keep, type Tools } from "./tools.ts";

/** EVM network of new nodes: the one where rewards are real. */
const NETWORK = "evm-arbitrum-one";

/** Creates and starts a node. When that fails nothing is left of it. */
export async function add(tools: Tools, id: NodeId): Promise<void> {
  const { node, launch } = await place(tools, id);
  await orUndone(tools, node, async () => {
    keep(tools, BECOMES.started(node, await tools.manager(node.manager_type).start(node, launch)));
  });
}

/** Adds many nodes and starts them with the calls of one. Gives the failure of each that failed. */
export async function addTogether(
  tools: Tools,
  ids: readonly NodeId[],
): Promise<ReadonlyMap<NodeId, WnmError>> {
  const failures = new Map<NodeId, WnmError>();
  const placed: Start[] = [];
  for (const id of ids) {
    const result = await failureOf(() => place(tools, id));
    if (result instanceof WnmError) failures.set(id, result);
    else placed.push(result);
  }
  const results = await startAll(tools, placed);
  for (const { node } of placed) {
    const result = results.get(node.id);
    if (result instanceof WnmError) {
      failures.set(node.id, result);
      await undo(tools, node);
    } else keep(tools, BECOMES.started(node, result));
  }
  return failures;
}

async function place(tools: Tools, id: NodeId): Promise<Start> {
  const { version } = usableBinary(tools.binary);
  const fresh = newNode(tools, id, version);
  const manager = tools.manager(fresh.manager_type);
  const { launch } = await launchOf(tools, fresh);
  const starting = keep(tools, BECOMES.starting(fresh, tools.now()));
  if (manager.ids === "never reuse") tools.store.save({ settings: { highest_node_id_used: id } });
  const node = await orUndone(tools, starting, () => create(tools, starting, launch));
  tools.copied(tools.binary, node.binary);
  return { node, launch };
}

async function orUndone<T>(tools: Tools, node: Node, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
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
    id,
    container_id: undefined,
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
    peer_id: undefined,
    status: "STOPPED",
    status_since: now,
    born_at: now,
    host: config.host,
    method: config.process_manager,
    layout: "1",
    environment: undefined,
    wanted: "running",
    pid: undefined,
    pid_started: undefined,
    boot_id: undefined,
    silent_since: undefined,
    crashes: 0,
    problem: undefined,
    previous_version: undefined,
    ...NO_READINGS,
  };
}
