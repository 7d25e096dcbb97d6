import type { Seconds } from "../model/node.ts";

/** What the end of an ant-node's log tells of its present life. */
export type LogTail = {
  /** It has come up and waits for work; undefined when neither that nor its start is in the tail. */
  readonly ready: boolean | undefined;
  /** Peers of its routing table and when it counted them. */
  readonly peers: { readonly count: number; readonly at: Seconds } | undefined;
  /** Its last error. */
  readonly trouble: string | undefined;
};

const STARTING = /^ant_node: ant-node starting\b/;
const READY = /Node running, waiting for shutdown signal/;
const PEERS = /Routing table ready: (\d{1,9}) peers/;
const LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?)\s+(ERROR|WARN|INFO|DEBUG|TRACE)\s+(.*)$/;

/** Reads log lines of ant-node 0.14 (text format), the oldest first. What came before the last start does not count. Pure. */
export function readLogTail(text: string): LogTail {
  let tail: LogTail = { ready: undefined, peers: undefined, trouble: undefined };
  for (const line of text.split("\n")) {
    const [, stamp = "", level, rest = ""] = LINE.exec(line) ?? [];
    if (level === undefined) continue;
    if (STARTING.test(rest)) tail = { ready: false, peers: undefined, trouble: undefined };
    const peers = PEERS.exec(rest)?.[1];
    const at = Date.parse(stamp);
    if (peers !== undefined && Number.isFinite(at))
      tail = { ...tail, peers: { count: Number(peers), at: Math.floor(at / 1000) } };
    if (READY.test(rest)) tail = { ...tail, ready: true };
    if (level === "ERROR") tail = { ...tail, trouble: rest.replace(/[^\x20-\x7e]+/g, " ").slice(0, 200) };
  }
  return tail;
}
