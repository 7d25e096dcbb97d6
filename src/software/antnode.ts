import type { Node } from "../model/node.ts";
import type { Reading } from "../model/observation.ts";
import type { Readings } from "../model/readings.ts";
import { bytesIn, nodePath, readNodeFile } from "../os/files/node-path.ts";
import { httpGet } from "../os/net/http-get.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { ANTNODE_FLAGS } from "./antnode-flags.ts";
import { commandLine } from "./command-line.ts";
import { readInfo, readMetrics } from "./readings.ts";
import type { LaunchPlace, PaidNode, Question, Software } from "./software.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const SEMVER = /^\d{1,9}\.\d{1,9}\.\d{1,9}(-[0-9A-Za-z.-]{1,40})?$/;

/** Legacy antnode: metrics over HTTP, network as a subcommand that has to come last. */
export const antnode: Software = {
  kind: "antnode",
  program: "antnode",
  flags: ANTNODE_FLAGS,
  root_dir_flag: "--root-dir",
  pid_file: "antnode.pid",
  takes: (args) =>
    args.some((word) => word.startsWith("--root-dir")) && args.some((word) => word.startsWith("evm-")),
  key_file: "secret-key",
  text_files: [],
  asked_by_port: true,
  answersOn: ({ metrics_port }) => metrics_port,
  tells_version: true,
  tells_usage: true,
  record_folders: 0,
  network: (evm_network) =>
    evm_network === "arbitrum-one" ? "evm-arbitrum-one" : "evm-arbitrum-sepolia-test",
  version: (printed) =>
    /^Autonomi Node (?:v|-- Nightly Release )(\d+\.\d+\.\d+[0-9A-Za-z.-]*)\s*$/m.exec(printed)?.[1],
  arguments: antnodeArguments,
  // The program has a built-in peer list.
  firstPeers: () => "known",
  webrtcPort: () => undefined,
  files: () => [],
  whyNotBecome: () => undefined,
  between: undefined,
  environment: (variables) => variables,
  release: async (wanted, elsewhere, machine) => {
    const { antnodeRelease } = await import("./antnode-release.ts");
    return antnodeRelease(wanted, elsewhere, machine);
  },
  probe,
  // The id is derived from a curve point that only the node computes and reports.
  peerId: () => undefined,
  unbound: (error) => (/Address already in use/.test(error) ? "port" : undefined),
  endedBecause,
};

function antnodeArguments(
  node: PaidNode,
  config: MachineConfig,
  flags: ReadonlySet<string>,
  place: LaunchPlace,
): readonly string[] {
  const line = commandLine({ path: node.binary, flags }, config.start_args, place.foreign_flags);
  line.want("--bootstrap-cache-dir", place.bootstrap_cache);
  line.need("--root-dir", node.root_dir);
  line.need("--port", String(node.port));
  line.need("--enable-metrics-server");
  line.need("--metrics-server-port", String(node.metrics_port));
  if (node.log_dir !== undefined) line.need("--log-output-dest", node.log_dir);
  line.want("--max-log-files", "1");
  line.want("--max-archived-log-files", "1");
  if (config.no_upnp) line.want("--no-upnp");
  if (place.supervised) line.want("--stop-on-upgrade");
  line.need("--rewards-address", node.wallet);
  return [...line.words(), node.network];
}

async function probe(node: Node, { identity, deadline_ms }: Question): Promise<Reading> {
  const end = performance.now() + deadline_ms;
  // The timeout is per node, not per request.
  const ask = <T>(path: string, read: (body: Buffer) => T) =>
    httpGet(
      {
        host: node.host,
        port: node.metrics_port,
        path,
        deadline_ms: Math.max(end - performance.now(), 0),
        most_bytes: MAX_BODY_BYTES,
      },
      read,
    );
  const metrics = await ask("/metrics", readMetrics);
  if (!metrics.answered) return metrics;
  const readings = metrics.content;
  if (readings.uptime === undefined && readings.records === undefined)
    return { answered: false, because: "garbled" };
  if (!identity && !hasRestarted(node, readings))
    return { answered: true, readings, version: undefined, peer_id: undefined };
  const metadata = await ask("/metadata", (body) => body.toString("latin1"));
  if (!metadata.answered) return metadata;
  const version = readInfo(metadata.content, "ant_node_antnode_version", "antnode_version");
  const peer_id = readInfo(metadata.content, "ant_networking_peer_id", "peer_id");
  return {
    answered: true,
    readings,
    version: version !== undefined && SEMVER.test(version) ? version : undefined,
    peer_id: peer_id !== undefined && /^[1-9A-HJ-NP-Za-km-z]{20,100}$/.test(peer_id) ? peer_id : undefined,
  };
}

/** True when the uptime has decreased: the process has exec'ed again, possibly a different version. */
const hasRestarted = (before: Node, { uptime }: Readings): boolean =>
  uptime !== undefined && before.uptime !== undefined && uptime < before.uptime;

/** Maximum bytes read of a node's exit message. */
const MOST_WORDS = 1_000;

/** The node's exit message, which antnode 0.4.17 leaves in its log folder until its next start. */
function endedBecause(node: Node, since: number): string | undefined {
  const { root_dir, log_dir } = node;
  const name = "critical_failure.log";
  const place = log_dir === undefined ? nodePath(root_dir, `logs/${name}`) : nodePath(log_dir, name);
  const words = readNodeFile(place, (file) =>
    file.changed_at < since ? "" : printable(bytesIn(file, MOST_WORDS).toString("utf8")).slice(0, 300),
  );
  if (words === undefined || words === "") return undefined;
  if (/upnp/i.test(words)) return `${words}; cure: wnm --no_upnp`;
  if (/HardDiskWriteError/.test(words)) return `${words}; cure: free space on its disk`;
  return words;
}

/** A node's text, sanitised for terminals, reports and logs. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]+/g, " ").trim();
