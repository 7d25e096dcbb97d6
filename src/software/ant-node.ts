import type { Node } from "../model/node.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { splitWords } from "../settings/split-words.ts";
import { CONFIG_FILE, renderConfig } from "./ant-node-config.ts";
import { peerIdOfKey } from "./ant-node-files.ts";
import { ANT_NODE_FLAGS } from "./ant-node-flags.ts";
import { KEY_FILE, lastLog, lookAtNode } from "./ant-node-look.ts";
import { whyNotBecome } from "./ant-node-stores.ts";
import { MOVING_VERSION } from "./ant-node-versions.ts";
import { commandLine, flagsOf } from "./command-line.ts";
import { antNodeFirstPeers, PEERS_FILE } from "./first-peers.ts";
import type { LaunchPlace, NodeFile, PaidNode, Software } from "./software.ts";
import { WEBRTC_PORT, WITHOUT_WEBRTC } from "./webrtc-flags.ts";

const COMMON_METRICS_PORT = 9100;
/** The equivalent environment variable, which accepts only "true" and "false" (0.23.1). */
const DISABLED_BY_VARIABLE = "ANT_DISABLE_WEBRTC_DIRECT=true";
/** The number of daily log files to keep. */
const LOG_FILES = "2";
/** The node reads its log level from RUST_LOG, and does not start with anything but a bare level. */
const LEVELS = /^(error|warn|info|debug|trace)$/i;

/** The new ant-node. It has no metrics server, so its process, socket, files and log are examined. */
export const antNode: Software = {
  kind: "ant-node",
  program: "ant-node",
  flags: ANT_NODE_FLAGS,
  root_dir_flag: "--root-dir",
  pid_file: undefined,
  takes: () => false,
  key_file: KEY_FILE,
  text_files: [PEERS_FILE, CONFIG_FILE],
  asked_by_port: false,
  answersOn: ({ port }) => port,
  tells_version: false,
  tells_usage: false,
  record_folders: 256,
  network: (evm_network) => evm_network,
  version: (printed) => /^ant-node (\d+\.\d+\.\d+[0-9A-Za-z.-]*)\s*$/m.exec(printed)?.[1],
  arguments: antNodeArguments,
  webrtcPort,
  firstPeers: antNodeFirstPeers,
  files: antNodeFiles,
  whyNotBecome,
  between: MOVING_VERSION,
  environment: (variables) =>
    Object.fromEntries(
      Object.entries(variables).filter(([name, value]) => name !== "RUST_LOG" || LEVELS.test(value)),
    ),
  release: async (wanted, elsewhere, machine) => {
    const { antNodeRelease } = await import("./ant-node-release.ts");
    return antNodeRelease(wanted, elsewhere, machine);
  },
  probe: async (node, question) => lookAtNode(node, question),
  peerId: (key) => peerIdOfKey(new TextDecoder().decode(key)),
  unbound,
  endedBecause: (node, since) => lastLog(node, since, Date.now() / 1000)?.trouble,
};

function unbound(error: string): "port" | "webrtc_port" | undefined {
  if (!/Failed to create transport|Address already in use/.test(error)) return undefined;
  return /WebRTC/.test(error) ? "webrtc_port" : "port";
}

function antNodeArguments(
  node: PaidNode,
  config: MachineConfig,
  flags: ReadonlySet<string>,
  { foreign_flags }: LaunchPlace,
): readonly string[] {
  const line = commandLine({ path: node.binary, flags }, config.start_args, foreign_flags);
  line.need("--root-dir", node.root_dir);
  line.need("--port", String(node.port));
  // Nothing listens there (0.14.2), but the default port is the same for all nodes and used by host exporters.
  line.want("--metrics-port", String(node.metrics_port === COMMON_METRICS_PORT ? 0 : node.metrics_port));
  line.need("--rewards-address", node.wallet);
  line.need("--evm-network", node.network);
  // Without a supervisor the node would start its successor itself, and two processes would use one folder.
  line.need("--stop-on-upgrade");
  line.need("--config", configPath(node));
  const webrtc_port = webrtcPort(node, config, flags);
  if (webrtc_port !== undefined) line.want(WEBRTC_PORT, String(webrtc_port));
  if (config.webrtc_direct === "off") line.want(WITHOUT_WEBRTC);
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

/** The browser port, from the block used for RPC by antctl's nodes, since ant-nodes have no RPC. */
function webrtcPort(
  { id, rpc_port }: Pick<Node, "id" | "rpc_port">,
  { webrtc_direct, start_args, environment, rpc_port_start }: MachineConfig,
  flags: ReadonlySet<string>,
): number | undefined {
  if (webrtc_direct === "off" || !flags.has(WEBRTC_PORT)) return undefined;
  const given = flagsOf(start_args);
  if (given.has(WEBRTC_PORT) || given.has(WITHOUT_WEBRTC)) return undefined;
  if (splitWords(environment ?? "")?.includes(DISABLED_BY_VARIABLE) === true) return undefined;
  return rpc_port > 0 ? rpc_port : rpc_port_start * 1000 + id;
}

const configPath = (node: Node): string => `${node.root_dir}/${CONFIG_FILE}`;

function antNodeFiles(node: Node, place: LaunchPlace): readonly NodeFile[] {
  const { bootstrap_peers, disk_reserve_mb } = place;
  const text = renderConfig({ disk_reserve_mb, upgrades_itself: place.upgrades_itself !== false });
  return [
    ...(bootstrap_peers === undefined
      ? []
      : [{ path: `${node.root_dir}/${PEERS_FILE}`, text: bootstrap_peers }]),
    { path: configPath(node), text },
  ];
}
