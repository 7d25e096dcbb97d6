import { BECOMES, UNSEEN } from "../decide/lifecycle.ts";
import { noRation } from "../decide/ration.ts";
import { Refused, WnmError } from "../errors.ts";
import { type Node, type NodeId, nodeLabel, nodeName } from "../model/node.ts";
import { exists, isFolder } from "../os/files.ts";
import type { Start } from "../process/manager.ts";
import { chooseWallet } from "../settings/rewards.ts";
import { SOFTWARE } from "../software/register.ts";
import type { Software } from "../software/software.ts";
import { create } from "./create.ts";
import { housed, noteContainer, vacate } from "./house.ts";
import { launchOf, usableBinary } from "./launch.ts";
import { failureOf, startAll } from "./together.ts";
import { forget, keep, type Tools } from "./tools.ts";

/** Creates and starts a node. When that fails nothing is left of it. */
export async function add(tools: Tools, id: NodeId): Promise<void> {
  const { node, launch } = await place(tools, id);
  await orUndone(tools, node, async () => {
    keep(tools, BECOMES.started(node, await tools.manager(node.manager_type).start(node, launch)));
    await noteContainer(tools, node);
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
  const binary = usableBinary(tools.binary);
  const fresh = housed(tools, newNode(tools, id, SOFTWARE[binary.software]));
  const manager = tools.manager(fresh.manager_type);
  refuseUnfit(tools, fresh);
  const { launch, row } = await launchOf(tools, fresh);
  const starting = keep(tools, BECOMES.starting({ ...fresh, ...row }, tools.now()));
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

/** Throws WnmError before anything is made when the disk is promised away, or its folder holds somebody's identity or is none. */
function refuseUnfit(tools: Tools, node: Node): void {
  const software = SOFTWARE[node.software];
  const full = software.rationed ? noRation({ ...tools, nodes: [...tools.nodes.values()] }) : undefined;
  if (full !== undefined) throw new WnmError(`There is no room on the disk for ${nodeLabel(node)}: ${full}`);
  for (const folder of [node.root_dir, ...(node.log_dir === undefined ? [] : [node.log_dir])]) {
    if (exists(folder) && !isFolder(folder))
      throw new Refused(
        `${nodeLabel(node)} cannot be made: a link or a file has the name of its folder ${folder}`,
      );
  }
  const key = Object.values(SOFTWARE).find(({ key_file }) => exists(`${node.root_dir}/${key_file}`));
  if (key !== undefined)
    throw new Refused(
      `${node.root_dir} holds the identity of another node (${key.key_file}); nothing was changed there`,
    );
}

async function undo(tools: Tools, node: Node): Promise<void> {
  const manager = tools.manager(node.manager_type);
  const removing = keep(tools, BECOMES.removing(node, tools.now()));
  await manager.stop(removing);
  await manager.remove(removing, tools.grounds);
  await vacate(tools, removing);
  forget(tools, removing);
}

function newNode(tools: Tools, id: NodeId, software: Software): Node {
  const { config, paths } = tools;
  const manager = tools.manager(config.process_manager);
  const label = `antnode${nodeName(id)}`;
  const root_dir = `${config.node_storage}/${label}`;
  const now = tools.now();
  return {
    ...UNSEEN,
    id,
    manager_type: config.process_manager,
    software: software.kind,
    node_name: nodeName(id),
    service: `${label}.service`,
    user: manager.account.user,
    binary: `${root_dir}/${software.program}`,
    version: undefined,
    root_dir,
    log_dir: `${paths.logs}/${label}`,
    port: config.port_start * 1000 + id,
    metrics_port: config.metrics_port_start * 1000 + id,
    rpc_port: config.rpc_port_start * 1000 + id,
    network: software.network(config.evm_network),
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
