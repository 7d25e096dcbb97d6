import { type Node, nodeLabel } from "../../model/node.ts";
import { isThere, type Presence, presenceOf } from "../../os/files/presence.ts";
import type { Launch } from "../contract/manager.ts";
import { supervisorGrace } from "../contract/stop-grace.ts";
import type { SystemdAccess } from "./access.ts";
import { renderEnvironmentFile } from "./environment-file.ts";
import type { NodeStyle } from "./node-style.ts";
import { renderUnit } from "./unit-file.ts";
import { viewOf } from "./unit-view.ts";

/** The path of the node's unit. */
export const unitPath = ({ folder }: SystemdAccess, { service }: Node): string => `${folder}/${service}`;

/** Whether the node starts at boot. If unknown, callers enable or disable it anyway, since both are idempotent. */
export const enabledAtBoot = ({ folder, wanted_by }: SystemdAccess, { service }: Node): Presence =>
  presenceOf(`${folder}/${wanted_by}.wants/${service}`);

/** The private file for the operator's variables, which may be secrets; a unit is readable by every account. */
const secretsPath = ({ folder }: SystemdAccess, node: Node): string => `${folder}/${nodeLabel(node)}.env`;

/** The text of the node's unit. Throws WnmError for values that a unit cannot express. */
export function nodeUnit(
  access: SystemdAccess,
  node: Node,
  launch: Launch,
  { protects_disk, ...style }: NodeStyle,
): string {
  const { PATH = "", HOME = "", ...secrets } = launch.env;
  return renderUnit(
    {
      description: `Autonomi node ${nodeLabel(node)}`,
      program: node.binary,
      args: launch.args,
      // A confined node does not see the home of its account.
      env: { PATH, HOME: protects_disk ? node.root_dir : HOME },
      environment_file: Object.keys(secrets).length === 0 ? undefined : secretsPath(access, node),
      user: access.runs_as,
      working_directory: node.root_dir,
    },
    {
      ...style,
      service: [...style.service, `TimeoutStopSec=${supervisorGrace(access.grace)}`],
      wanted_by: access.wanted_by,
      view: protects_disk
        ? viewOf(node, launch, { home: access.home, is_others: access.runs_as !== undefined })
        : undefined,
    },
  );
}

/** Writes the file with the node's private variables, or removes it when there are none. */
export async function placeSecrets(access: SystemdAccess, node: Node, launch: Launch): Promise<void> {
  const { PATH, HOME, ...secrets } = launch.env;
  if (Object.keys(secrets).length > 0)
    await access.texts.writePrivate(secretsPath(access, node), renderEnvironmentFile(secrets));
  else await removeSecrets(access, node);
}

/** Removes the file with the node's private variables; a missing one is no error. */
export async function removeSecrets(access: SystemdAccess, node: Node): Promise<void> {
  const path = secretsPath(access, node);
  if (isThere(path)) await access.texts.remove(path);
}
