import type { Seconds } from "../model/node.ts";

/** What the end of an ant-node's log tells of its present life. */
export type LogTail = {
  /** Version that the last start named; undefined when the start is not in the tail. */
  readonly version: string | undefined;
  /** It has come up and waits for work. */
  readonly ready: boolean;
  /** Peers of its routing table and when it counted them. */
  readonly peers: { readonly count: number; readonly at: Seconds } | undefined;
  /** When it will end to run a version that it has given itself, as it wrote it. */
  readonly upgrade_at: string | undefined;
  /** Its last error. */
  readonly trouble: string | undefined;
};

const STARTING = /ant_node: ant-node starting version="([^"]+)"/;
const READY = /Node running, waiting for shutdown signal/;
const PEERS = /Routing table ready: (\d{1,9}) peers/;
const UPGRADE = /(?:Will apply upgrade at|Node will (?:stop|restart)[a-z/ ]* for upgrade at) (\S+)/;
const LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?)\s+(ERROR|WARN|INFO|DEBUG|TRACE)\s+(.*)$/;

/** Reads log lines of ant-node 0.14 (text format), the oldest first. What came before the last start does not count. Pure. */
export function readLogTail(text: string): LogTail {
  let tail: LogTail = {
    version: undefined,
    ready: false,
    peers: undefined,
    upgrade_at: undefined,
    trouble: undefined,
  };
  for (const line of text.split("\n")) {
    const [, stamp = "", level, rest = ""] = LINE.exec(line) ?? [];
    if (level === undefined) continue;
    const started = STARTING.exec(line)?.[1];
    if (started !== undefined) {
      tail = { version: started, ready: false, peers: undefined, upgrade_at: undefined, trouble: undefined };
      continue;
    }
    const peers = PEERS.exec(rest)?.[1];
    const at = Date.parse(stamp);
    if (peers !== undefined && Number.isFinite(at))
      tail = { ...tail, peers: { count: Number(peers), at: Math.floor(at / 1000) } };
    if (READY.test(rest)) tail = { ...tail, ready: true };
    const upgrade_at = UPGRADE.exec(rest)?.[1];
    if (upgrade_at !== undefined) tail = { ...tail, upgrade_at };
    if (level === "ERROR") tail = { ...tail, trouble: rest.replace(/[^\x20-\x7e]+/g, " ").slice(0, 200) };
  }
  return tail;
}
