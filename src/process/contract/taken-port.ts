import type { Node } from "../../model/node.ts";
import { udpOwners } from "../../os/net/port-owners.ts";
import { SOFTWARE } from "../../software/generations.ts";

/** A node's error; if it could not bind a port, adds which process holds that port now. */
export function withPortHolder(error: string, node: Pick<Node, "software" | "port" | "webrtc_port">): string {
  const unbound = SOFTWARE[node.software].unbound(error);
  if (unbound === undefined) return error;
  const port = node[unbound];
  const owner = port === undefined ? undefined : udpOwners()?.get(port);
  if (owner === undefined) return error;
  const holder =
    owner.pid === undefined
      ? `a process of account ${owner.uid}`
      : `process ${owner.pid}${owner.name === undefined ? "" : ` (${owner.name})`}`;
  return `${error}; UDP port ${port} is held by ${holder}`;
}
