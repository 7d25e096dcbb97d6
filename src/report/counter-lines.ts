import { counted } from "../base/text.ts";
import type { Node, Seconds } from "../model/node.ts";
import { age } from "./node-status.ts";

/** The lines that only ant-nodes have: routing table and counters since the start. */
export function counterLines(node: Node, now: Seconds): readonly string[] {
  const ago = (at: Seconds | undefined) => (at === undefined ? "" : ` (${age(now - at)} ago)`);
  const parts: readonly (readonly [string, number | undefined])[] = [
    ["bytes sent", node.sent_bytes],
    ["bytes received", node.received_bytes],
    ["gets asked for", node.get_requests],
    ["gets answered", node.gets],
    ["puts asked for", node.put_requests],
    ["puts stored", node.puts],
    ["quotes", node.quotes],
    ["payments", node.payment_count],
    ["audits of others passed", node.audits_passed],
    ["audits of others failed", node.audits_failed],
  ];
  const known = parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  return [
    ...(node.routing_at === undefined || node.total_peers === undefined
      ? []
      : [`Routing table: ${counted(node.total_peers, "peer")}${ago(node.routing_at)}`]),
    ...(node.counters_at === undefined
      ? []
      : [`Since its start: ${known.join(", ")}${ago(node.counters_at)}`]),
  ];
}
