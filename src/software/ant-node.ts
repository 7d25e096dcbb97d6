import { NO_READINGS, type Node } from "../model/node.ts";
import type { Reading } from "../model/observation.ts";
import { boundUdpPorts } from "../os/bound-ports.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { renderConfig } from "./ant-node-config.ts";
import { databasesOf, logTail, peerIdOfKey, readCloseGroup, smallText } from "./ant-node-files.ts";
import { type LogTail, readLogTail } from "./ant-node-log.ts";
import { commandLine } from "./command-line.ts";
import { ANTNODE_FLAGS } from "./own-flags.ts";
import type { LaunchPlace, NodeFile, Question, Software } from "./software.ts";

const KEY_FILE = "node_identity.key";
/** First peers of the network; the node looks for it beside its program (ant-node 0.14.2, src/bootstrap). */
const PEERS_FILE = "bootstrap_peers.toml";
const CONFIG_FILE = "ant-node.toml";
const COMMON_METRICS_PORT = 9100;
/** Days of log that stay. */
const LOG_FILES = "2";
/** The node takes its log level from RUST_LOG and refuses to start on anything but a bare one. */
const LEVELS = /^(error|warn|info|debug|trace)$/i;

/** The new ant-node: no metrics server, so it is judged by its process, its socket, its files and its log. */
export const antNode: Software = {
  kind: "ant-node",
  program: "ant-node",
  key_file: KEY_FILE,
  text_files: [PEERS_FILE, CONFIG_FILE],
  rationed: true,
  tells_version: false,
  tells_usage: false,
  network: (evm_network) => evm_network,
  version: (printed) => /^ant-node (\d+\.\d+\.\d+[0-9A-Za-z.-]*)\s*$/m.exec(printed)?.[1],
  arguments: antNodeArguments,
  files: antNodeFiles,
  environment: (variables) =>
    Object.fromEntries(
      Object.entries(variables).filter(([name, value]) => name !== "RUST_LOG" || LEVELS.test(value)),
    ),
  probe: async (node, question) => look(node, question),
  peerId: (key) => peerIdOfKey(new TextDecoder().decode(key)),
  endedBecause: (node, since) => lastLog(node, since)?.trouble,
};

function antNodeArguments(
  node: Node,
  config: MachineConfig,
  flags: ReadonlySet<string>,
  place: LaunchPlace,
): readonly string[] {
  const line = commandLine({ path: node.binary, flags }, config.start_args, ANTNODE_FLAGS);
  line.need("--root-dir", node.root_dir);
  line.need("--port", String(node.port));
  // Nothing listens there (0.14.2), but the default is one port for all nodes, which also exporters of hosts use.
  line.want("--metrics-port", String(node.metrics_port === COMMON_METRICS_PORT ? 0 : node.metrics_port));
  line.need("--rewards-address", node.wallet ?? config.donate_address);
  line.need("--evm-network", node.network);
  // Unwatched, the node would start its successor itself, and two processes would fight for one folder.
  line.need("--stop-on-upgrade");
  if (place.ration !== undefined) line.need("--config", configPath(node));
  if (config.ipv4_only) line.want("--ipv4-only");
  if (config.network_mode !== "production") line.want("--network-mode", config.network_mode);
  if (config.node_log_level !== "off" && node.log_dir !== undefined) {
    line.want("--enable-logging");
    line.want("--log-level", config.node_log_level);
    line.want("--log-dir", node.log_dir);
    line.want("--log-max-files", LOG_FILES);
  }
  return line.words();
}

const configPath = (node: Node): string => `${node.root_dir}/${CONFIG_FILE}`;

function antNodeFiles(node: Node, place: LaunchPlace): readonly NodeFile[] {
  const files: NodeFile[] = [];
  if (place.bootstrap_peers !== undefined)
    files.push({ path: `${node.root_dir}/${PEERS_FILE}`, text: place.bootstrap_peers });
  if (place.ration !== undefined) {
    const text = renderConfig({ ...place.ration, upgrades_itself: place.upgrades_itself !== false });
    files.push({ path: configPath(node), text });
  }
  return files;
}

/** Reads what the node leaves on the disk; it answers when its port is bound. */
function look(node: Node, { identity, pid, started_at }: Question): Reading {
  const ports = boundUdpPorts(pid);
  if (ports === undefined ? pid === undefined : !ports.has(node.port))
    return { answered: false, because: "refused" };
  const log = lastLog(node, started_at ?? Number.POSITIVE_INFINITY);
  const { records, data_bytes } = databasesOf(node.root_dir);
  const peers = newestOf(
    log?.peers,
    readCloseGroup(smallText(`${node.root_dir}/close_group_cache.json`) ?? ""),
  );
  const key = identity ? smallText(`${node.root_dir}/${KEY_FILE}`) : undefined;
  return {
    answered: true,
    readings: { ...NO_READINGS, records, connected_peers: peers?.count },
    version: undefined,
    peer_id: key === undefined ? undefined : peerIdOfKey(key),
    data_bytes,
    peers_at: peers?.at,
    ready: log?.ready,
    trouble: log?.trouble,
  };
}

type Counted = NonNullable<LogTail["peers"]>;

const newestOf = (a: Counted | undefined, b: Counted | undefined): Counted | undefined =>
  a !== undefined && b !== undefined && b.at > a.at ? b : (a ?? b);

function lastLog(node: Node, since: number): LogTail | undefined {
  const text = logTail(node.log_dir, since);
  return text === undefined ? undefined : readLogTail(text);
}
