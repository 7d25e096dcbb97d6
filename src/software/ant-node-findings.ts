import { largestOn } from "../model/disk.ts";
import { ASK_DOCTOR, type Finding } from "../model/finding.ts";
import { type Node, nodeLabel, type Seconds } from "../model/node.ts";
import type { LogTail } from "./ant-node-log.ts";

/** A node's log output, and since when it runs. */
type Judged = {
  readonly log: Pick<LogTail, "full"> | undefined;
  readonly peers: LogTail["peers"];
  readonly now: Seconds;
  /** undefined: unknown. */
  readonly started_at: Seconds | undefined;
};

/** How long a "no space" message counts; a full node repeats it at each offer. */
const FULL_SECONDS = 30 * 60;
/** A node without peers for this long is isolated. It normally finds some in seconds; it records them every ten minutes. */
const ALONE_SECONDS = 15 * 60;

/** Findings on a running node, from what its log says or lacks. Pure. */
export function antNodeFindings(
  node: Pick<Node, "id" | "port" | "root_dir">,
  { log, peers, now, started_at }: Judged,
): readonly Finding[] {
  const label = nodeLabel(node);
  const findings: Finding[] = [];
  if (log?.full !== undefined && now - log.full.at <= FULL_SECONDS)
    findings.push({
      key: "node-full",
      severity: "bad",
      sentence: `${label} takes no chunks, for which the network penalises it: ${log.full.words}. Free disk space, or have wnm remove a node: --force_action remove`,
      cure: largestOn(node.root_dir),
      node: node.id,
    });
  const since = started_at === undefined ? undefined : now - started_at;
  // Log lines of an earlier process do not count.
  const hasPeers = peers !== undefined && peers.count > 0 && peers.at >= (started_at ?? 0);
  if (since !== undefined && since >= ALONE_SECONDS && !hasPeers)
    findings.push({
      key: "node-without-peers",
      severity: "bad",
      sentence: `${label} has run for ${Math.floor(since / 60)} min and has found no peer: the machine cannot reach the network, UDP port ${node.port} is blocked, or bootstrap_peers.toml beside the program at --antnode_path is not that of the network`,
      cure: ASK_DOCTOR,
      node: node.id,
    });
  return findings;
}
