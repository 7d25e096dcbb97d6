import { Refused } from "../base/errors.ts";
import { UNSEEN } from "../decide/lifecycle/unseen.ts";
import { type Node, type NodeId, nodeLabel, nodeName } from "../model/node.ts";
import { isFolder, isThere } from "../os/files/presence.ts";
import { whyAlone, whyUnrunnable } from "../process/contract/unfit-program.ts";
import { SOFTWARE } from "../software/generations.ts";
import type { Software } from "../software/software.ts";
import type { ExecutionContext } from "./context.ts";
import { payeeOf } from "./payee.ts";

/** The row of a new node in this storage, before any of its files exist. */
export function newNode(
  context: ExecutionContext,
  id: NodeId,
  software: Software,
  storage: string = context.config.node_storage[0],
): Node {
  const { config, paths } = context;
  const manager = context.manager(config.process_manager);
  const label = `antnode${nodeName(id)}`;
  const root_dir = `${storage}/${label}`;
  const now = context.now();
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
    wallet: payeeOf({ id, wallet: undefined }, context),
    status: "STOPPED",
    status_since: now,
    born_at: now,
    host: config.host,
    method: config.process_manager,
    environment: undefined,
    wanted: "running",
  };
}

/** Throws Refused when the colony's manager cannot run the program for new nodes, or they would not find the network. */
export function requireFit({ binary, config, manager }: ExecutionContext): void {
  const runner = manager(config.process_manager);
  const because = whyUnrunnable(binary, runner, config) ?? whyAlone(binary, runner.account.home, config);
  if (because !== undefined) throw new Refused(`No node is added: ${because}`);
}

/** Throws Refused unless the node's folders are unused: no link, no file, no other node's key. */
export function requireFreeFolders(node: Node): void {
  for (const folder of [node.root_dir, ...(node.log_dir === undefined ? [] : [node.log_dir])]) {
    if (isThere(folder) && !isFolder(folder))
      throw new Refused(
        `${nodeLabel(node)} cannot be created: a link or a file has the name of its folder ${folder}`,
      );
  }
  const key = Object.values(SOFTWARE).find(({ key_file }) => isThere(`${node.root_dir}/${key_file}`));
  if (key !== undefined)
    throw new Refused(
      `${node.root_dir} holds the identity of another node (${key.key_file}); nothing was changed there`,
    );
}
