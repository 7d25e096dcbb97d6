import type { Node } from "../../model/node.ts";
import { udpOwners } from "../../os/net/port-owners.ts";

/** ant-node 0.14 to 0.23, on its own port and on the one for browsers. */
const NOT_BOUND = /Failed to create transport|Address already in use/;
const FOR_BROWSERS = /WebRTC/;

/** An error with which a node ended, and, where it could not bind a port, what holds that port now. */
export function withPortHolder(error: string, node: Pick<Node, "port" | "webrtc_port">): string {
  if (!NOT_BOUND.test(error)) return error;
  const port = FOR_BROWSERS.test(error) ? node.webrtc_port : node.port;
  const owner = port === undefined ? undefined : udpOwners()?.get(port);
  if (owner === undefined) return error;
  const holder =
    owner.pid === undefined
      ? `a process of account ${owner.uid}`
      : `process ${owner.pid}${owner.name === undefined ? "" : ` (${owner.name})`}`;
  return `${error}; UDP port ${port} is held by ${holder}`;
}
