import { dirname, join } from "node:path";
import { Refused } from "../base/errors.ts";
import type { Action } from "../model/action.ts";
import { actionTypeOf } from "../model/action-types.ts";
import { nodeLabel, storageOf } from "../model/node.ts";
import { PID_FILES } from "../software/recognise.ts";
import type { ExecutionContext } from "./context.ts";

/**
 * Throws Refused if the action would hang on a share, and with it the run: the share accepts no writes, or reading the
 * node's pid file would block because the node itself may hang while writing it.
 */
export async function requireAnswers(context: ExecutionContext, action: Action): Promise<void> {
  if (!("node" in action) || action.type === "enable") return;
  for (const folder of new Set(changed(context, action)))
    if (!(await context.disk.takesChanges(folder)))
      throw refusal(action, `${folder} is on a share that accepts only reads now`);
  const node = context.nodes.get(action.node);
  for (const file of node === undefined ? [] : PID_FILES.map((name) => join(node.root_dir, name)))
    if (!(await context.disk.opens(file)))
      throw refusal(action, `${file} is on a share that does not respond`);
}

type OnNode = Extract<Action, { node: unknown }>;

const refusal = (action: OnNode, because: string): Refused =>
  new Refused(
    `Nothing was done to ${nodeLabel({ id: action.node })}: ${because}. Restore its file server, or unmount the share (umount -l) and mount it again`,
  );

/** The storages and log folders that the action writes to. */
function changed({ config, nodes, paths }: ExecutionContext, action: OnNode): readonly string[] {
  const { starts_process, creates_node } = actionTypeOf(action.type);
  const deletes = action.type === "remove" && action.when === "now";
  if (!(starts_process || creates_node || deletes)) return [];
  const node = nodes.get(action.node);
  const logs = node?.log_dir === undefined ? paths.logs : dirname(node.log_dir);
  const own = node === undefined ? [] : [storageOf(node)];
  if (action.type === "move") return [...own, action.to, logs];
  if (action.type !== "add" && action.type !== "replace") return [...own, logs];
  const chosen = action.storage === undefined ? config.node_storage.slice(0, 1) : [action.storage];
  return [...own, ...chosen, logs];
}
