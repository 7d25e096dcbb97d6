import { LOG_FORMATS } from "../base/log-line.ts";
import { MANAGER_KINDS, SOFTWARE_KINDS } from "../model/node.ts";
import { ALERTING_COMMANDS, COLONY_COMMANDS, CONFIGURED_COMMANDS, WORKING_COMMANDS } from "./commands.ts";
import { alertTemplate, alertUrls, pingUrl } from "./kinds/alerts.ts";
import { choice, flag } from "./kinds/choices.ts";
import {
  bytes,
  bytesPerSecond,
  count,
  epoch,
  hours,
  limit,
  load,
  milliseconds,
  optionalCount,
  percent,
  portBlock,
  seconds,
} from "./kinds/numbers.ts";
import { optionalAddress, optionalVersion } from "./kinds/releases.ts";
import { folders, host, optionalPath, optionalText, path } from "./kinds/texts.ts";
import { address, rewards } from "./kinds/wallets.ts";
import { variables, words } from "./kinds/words.ts";
import { FAUCET_ADDRESS } from "./rewards.ts";
import { type Setting, shownValue, type ValueOf } from "./setting.ts";

/**
 * Every stored setting, in the order of the machine-config report. A row's name is that of its flag, environment variable,
 * config file key and column in table `machine`.
 */
export const MACHINE_SETTINGS = {
  node_cap: limit({
    group: "size",
    needed_for: "deciding",
    default: 20,
    help: "Maximum number of nodes on this machine; 0 stops all of them and keeps their data",
  }),
  cpu_less_than: percent({
    group: "grow",
    needed_for: "deciding",
    default: 50,
    help: "Add or start nodes only while CPU use is below this",
  }),
  cpu_remove: percent({
    group: "shed",
    needed_for: "deciding",
    default: 70,
    help: "Stop nodes while CPU use is above this",
  }),
  mem_less_than: percent({
    group: "grow",
    needed_for: "deciding",
    default: 60,
    help: "Add or start nodes only while memory use is below this",
  }),
  mem_remove: percent({
    group: "shed",
    needed_for: "deciding",
    default: 75,
    help: "Stop nodes while memory use is above this",
  }),
  hd_less_than: percent({
    group: "grow",
    needed_for: "deciding",
    default: 75,
    help: "Add or start nodes only while disk use is below this",
  }),
  hd_remove: percent({
    group: "shed",
    needed_for: "deciding",
    default: 90,
    help: "Remove nodes while disk use is above this",
  }),
  delay_start: seconds({
    group: "pace",
    needed_for: "deciding",
    default: 300,
    help: "Time that a started node counts as starting",
  }),
  delay_restart: seconds({
    group: "pace",
    needed_for: "deciding",
    default: 600,
    help: "Wait before starting a node that was stopped for load, or restarting a silent one",
  }),
  delay_upgrade: seconds({
    group: "pace",
    needed_for: "deciding",
    default: 300,
    help: "Time that an upgraded node counts as upgrading",
  }),
  delay_remove: seconds({
    group: "pace",
    needed_for: "removing",
    default: 300,
    help: "Time between stopping a node and deleting its data",
  }),
  stop_grace: seconds({
    group: "pace",
    needed_for: "nothing",
    default: 30,
    help: "Time that a node has to end before it is ended by force; see wnm --help managers",
  }),
  reaction: choice(["steady", "immediate"])({
    group: "pace",
    needed_for: "deciding",
    default: "steady",
    help: "steady: stop and add by what lasted for minutes; immediate: by the last minute alone, as Python wnm did",
  }),
  survey_delay: milliseconds({
    group: "pace",
    needed_for: "nothing",
    default: 0,
    help: "Pause between querying one node and the next",
  }),
  action_delay: milliseconds({
    group: "pace",
    needed_for: "nothing",
    default: 0,
    help: "Pause between one action and the next",
  }),
  node_storage: folders({
    goes_with: [...CONFIGURED_COMMANDS, "print_sudoers"],
    group: "paths",
    needed_for: "adding",
    default: (at) => [at.paths.node_storage],
    help: "Folders for the nodes' folders: one, or one for each disk",
  }),
  rewards_address: rewards({
    group: "wallet",
    needed_for: "paying",
    default: undefined,
    help: "Who is paid; --init requires it",
  }),
  donate_address: address({
    group: "wallet",
    needed_for: "paying",
    default: FAUCET_ADDRESS,
    help: "Address that the name 'donate' stands for",
  }),
  max_load_average_allowed: load({
    group: "shed",
    needed_for: "deciding",
    default: (at) => at.cpu_count * 1.0,
    help: "Stop nodes while the 1, 5 or 15 minute load is above this",
  }),
  desired_load_average: load({
    group: "grow",
    needed_for: "deciding",
    default: (at) => (at.cpu_count * 6) / 10,
    help: "Add or start nodes only while all three loads are below this",
  }),
  port_start: portBlock({
    goes_with: [...CONFIGURED_COMMANDS, "print_sudoers"],
    group: "ports",
    needed_for: "adding",
    default: 55,
    change: "at init",
    help: "Node ports: this times 1000 plus the node's number",
  }),
  hdio_read_less_than: bytesPerSecond({
    group: "grow",
    needed_for: "deciding",
    default: 0,
    help: "Add nodes only while disk reads are below this",
  }),
  hdio_read_remove: bytesPerSecond({
    group: "shed",
    needed_for: "deciding",
    default: 0,
    help: "Stop nodes while disk reads are above this",
  }),
  hdio_write_less_than: bytesPerSecond({
    group: "grow",
    needed_for: "deciding",
    default: 0,
    help: "Add nodes only while disk writes are below this",
  }),
  hdio_write_remove: bytesPerSecond({
    group: "shed",
    needed_for: "deciding",
    default: 0,
    help: "Stop nodes while disk writes are above this",
  }),
  netio_read_less_than: bytesPerSecond({
    group: "grow",
    needed_for: "deciding",
    default: 0,
    help: "Add nodes only while network input is below this",
  }),
  netio_read_remove: bytesPerSecond({
    group: "shed",
    needed_for: "deciding",
    default: 0,
    help: "Stop nodes while network input is above this",
  }),
  netio_write_less_than: bytesPerSecond({
    group: "grow",
    needed_for: "deciding",
    default: 0,
    help: "Add nodes only while network output is below this",
  }),
  netio_write_remove: bytesPerSecond({
    group: "shed",
    needed_for: "deciding",
    default: 0,
    help: "Stop nodes while network output is above this",
  }),
  last_stopped_at: epoch({
    group: "other",
    needed_for: "nothing",
    default: 0,
    help: "When the machine booted, as of the last survey",
  }),
  host: host({
    group: "other",
    needed_for: "adding",
    default: "127.0.0.1",
    help: "Address that the nodes' metrics servers listen on",
  }),
  crisis_bytes: bytes({
    group: "grow",
    needed_for: "adding",
    default: 2_000_000_000,
    help: "Never add a node while the disk has fewer free bytes",
  }),
  metrics_port_start: portBlock({
    group: "ports",
    needed_for: "adding",
    default: 13,
    change: "at init",
    help: "Metrics ports: this times 1000 plus the node's number",
  }),
  rpc_port_start: portBlock({
    goes_with: [...CONFIGURED_COMMANDS, "print_sudoers"],
    group: "ports",
    needed_for: "adding",
    default: 30,
    change: "at init",
    help: "RPC ports (antctl), or UDP ports for browsers (ant-node): this times 1000 plus the node's number",
  }),
  environment: variables({
    group: "node",
    needed_for: "starting",
    default: undefined,
    help: "Environment variables for the nodes",
  }),
  start_args: words({
    group: "node",
    needed_for: "starting",
    default: undefined,
    help: "Extra arguments for the nodes, placed before the network's name",
  }),
  max_concurrent_upgrades: limit({
    group: "pace",
    needed_for: "deciding",
    default: 1,
    help: "Maximum number of nodes upgrading at once; 0: never automatically",
  }),
  max_concurrent_starts: limit({
    group: "pace",
    needed_for: "deciding",
    default: 1,
    help: "Maximum number of nodes starting at once; 0: never automatically",
  }),
  max_concurrent_removals: limit({
    group: "pace",
    needed_for: "deciding",
    default: 1,
    help: "Maximum number of nodes waiting for removal at once; 0: never automatically",
  }),
  max_concurrent_operations: limit({
    group: "pace",
    needed_for: "deciding",
    default: 1,
    help: "Maximum number of upgrades, starts and removals together; 0: never automatically",
  }),
  node_removal_strategy: choice(["youngest"])({
    group: "other",
    needed_for: "removing",
    default: "youngest",
    help: "Which node is removed first",
    stored_only: true,
  }),
  process_manager: choice(MANAGER_KINDS)({
    goes_with: COLONY_COMMANDS,
    group: "node",
    needed_for: "adding",
    default: (at) => at.process_manager,
    change: "at init",
    help: "What runs the nodes, and with whose rights; see wnm --help managers",
  }),
  max_node_per_container: count({
    group: "container",
    needed_for: "adding",
    default: 200,
    help: "Maximum number of nodes in a container, and of ports that a new one opens (s6overlay+user)",
  }),
  min_container_count: count({
    group: "container",
    needed_for: "adding",
    default: 1,
    help: "Spread nodes over at least this many containers (s6overlay+user)",
  }),
  docker_image: optionalText({
    group: "container",
    needed_for: "adding",
    default: "iweave/antnode:latest",
    help: "Image for the containers; wnm --dockerfile prints how to build one",
  }),
  no_upnp: flag({
    group: "node",
    needed_for: "starting",
    default: false,
    help: "Tell nodes not to ask the router for a port; needed on most servers",
  }),
  antnode_path: path({
    goes_with: [...CONFIGURED_COMMANDS, "get_node"],
    group: "paths",
    needed_for: "starting",
    default: "~/.local/bin/antnode",
    help: "Node program; each node runs a copy of it",
  }),
  node_software: choice(["auto", ...SOFTWARE_KINDS])({
    goes_with: [...CONFIGURED_COMMANDS, "get_node"],
    group: "node",
    needed_for: "adding",
    default: "auto",
    help: "Generation of new nodes; auto: the one of the program at --antnode_path",
  }),
  replace_generation: flag({
    goes_with: [...WORKING_COMMANDS, "configure", "init"],
    group: "node",
    needed_for: "deciding",
    default: false,
    help: "Replace nodes of the other generation, a few at a time; needs --confirm to begin",
  }),
  evm_network: choice(["arbitrum-one", "arbitrum-sepolia"])({
    group: "node",
    needed_for: "adding",
    default: "arbitrum-one",
    help: "Network that pays new nodes; arbitrum-sepolia is a test network and pays nothing of value",
  }),
  network_mode: choice(["production", "testnet", "development"])({
    group: "node",
    needed_for: "starting",
    default: "production",
    help: "How strictly ant-nodes limit peers that share an address",
  }),
  ipv4_only: flag({
    group: "node",
    needed_for: "starting",
    default: false,
    help: "Do not use IPv6, for machines where it does not work (ant-node)",
  }),
  webrtc_direct: choice(["on", "off"])({
    goes_with: [...CONFIGURED_COMMANDS, "print_sudoers"],
    group: "node",
    needed_for: "starting",
    default: "on",
    help: "Let browsers reach ant-nodes of 0.20 or newer, each on its port of rpc_port_start",
  }),
  node_log_level: choice(["off", "error", "warn", "info", "debug", "trace"])({
    group: "node",
    needed_for: "nothing",
    default: "info",
    help: "Log level of the nodes, which keep two days of logs (ant-node)",
  }),
  database_mode: choice(["0600", "0640", "0644"])({
    group: "other",
    needed_for: "nothing",
    default: "0600",
    help: "Who may read colony.db, and so print reports: its owner, also its group (0640), or all (0644)",
  }),
  page_path: optionalPath({
    group: "report",
    needed_for: "nothing",
    default: undefined,
    help: "Write --report page to this file after every run; everyone can read it",
  }),
  prometheus_path: optionalPath({
    group: "report",
    needed_for: "nothing",
    default: undefined,
    help: "Write --report prometheus to this file after every run, for node_exporter; everyone can read it (wnm --help prometheus)",
  }),
  prometheus_nodes: choice(["all", "few", "none"])({
    group: "report",
    needed_for: "nothing",
    default: "all",
    help: "Series of each node for Prometheus: all (up to 40), few (9), or none, only those of the whole colony",
  }),
  log_format: choice(LOG_FORMATS)({
    group: "log",
    needed_for: "nothing",
    default: "text",
    help: "Lines of the log: text, with time and level; python: as Python wnm wrote them, with its Action: line",
  }),
  antctl_path: path({
    group: "antctl",
    needed_for: "everything",
    default: "~/.local/bin/antctl",
    help: "Path of the antctl program",
  }),
  antctl_debug: flag({
    group: "antctl",
    needed_for: "nothing",
    default: false,
    help: "Run antctl with --debug",
  }),
  antctl_version: optionalText({
    group: "antctl",
    needed_for: "starting",
    default: undefined,
    help: "Node version for antctl to install",
  }),
  firewall: choice(["auto", "ufw", "none"])({
    goes_with: [...CONFIGURED_COMMANDS, "print_sudoers"],
    group: "node",
    needed_for: "starting",
    default: "auto",
    help: "Firewall to open the nodes' ports in (sudo modes); auto: ufw if it is installed",
  }),
  highest_node_id_used: optionalCount({
    group: "other",
    needed_for: "adding",
    default: undefined,
    change: "with update_config",
    help: "Highest node number ever used",
  }),
  docker_path: optionalPath({
    group: "container",
    needed_for: "everything",
    default: undefined,
    help: "Path of the docker or podman program; none: docker in the system's folders",
  }),
  docker_args: words({
    group: "container",
    needed_for: "starting",
    default: undefined,
    help: "Extra arguments for docker create, such as memory and CPU limits",
  }),
  node_channel: choice(["stable", "beta"])({
    goes_with: [...CONFIGURED_COMMANDS, "get_node"],
    group: "release",
    needed_for: "nothing",
    default: "stable",
    help: "Releases that --get_node latest takes; beta: those with -beta in their version alone",
  }),
  node_version_pin: optionalVersion({
    goes_with: [...CONFIGURED_COMMANDS, "get_node"],
    group: "release",
    needed_for: "nothing",
    default: undefined,
    help: "The only version that --get_node takes",
  }),
  node_version_hold: hours({
    goes_with: [...CONFIGURED_COMMANDS, "get_node"],
    group: "release",
    needed_for: "nothing",
    default: 0,
    help: "--get_node latest takes no release that is younger",
  }),
  node_mirror: optionalAddress({
    goes_with: [...CONFIGURED_COMMANDS, "get_node"],
    group: "release",
    needed_for: "nothing",
    default: undefined,
    help: "Where --get_node takes releases from instead of the project; verified alike",
  }),
  alert_url: alertUrls({
    goes_with: ALERTING_COMMANDS,
    prefixed: true,
    group: "alerts",
    needed_for: "nothing",
    default: undefined,
    help: "Where to send alerts: https://… by POST, exec:/path on standard input; several with blanks",
  }),
  alert_template: alertTemplate({
    goes_with: ALERTING_COMMANDS,
    prefixed: true,
    group: "alerts",
    needed_for: "nothing",
    default: undefined,
    help: "How alerts are written for --alert_url; see wnm --help alerts",
  }),
  alert_level: choice(["warning", "bad"])({
    group: "alerts",
    needed_for: "nothing",
    default: "warning",
    help: "Send alerts for findings of at least this severity",
  }),
  alert_after: seconds({
    group: "alerts",
    needed_for: "nothing",
    default: 0,
    help: "Send an alert once its finding has lasted for this long",
  }),
  alert_repeat: seconds({
    group: "alerts",
    needed_for: "nothing",
    default: 86_400,
    help: "Send it again after this long while the finding lasts; 0: never",
  }),
  ping_url: pingUrl({
    goes_with: ALERTING_COMMANDS,
    prefixed: true,
    group: "alerts",
    needed_for: "nothing",
    default: undefined,
    help: "Check of a healthchecks server: every run calls it with /start, then as it is or with /fail",
  }),
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof MACHINE_SETTINGS;

/** The colony's settings for this run. */
export type MachineConfig = { readonly [K in SettingName]: ValueOf<(typeof MACHINE_SETTINGS)[K]> };

export const SETTING_NAMES = Object.keys(MACHINE_SETTINGS) as readonly SettingName[];

/** The row of a setting with its value type widened, for code that treats all settings alike. */
export const settingOf = (name: SettingName): Setting<unknown> => MACHINE_SETTINGS[name];

/** The settings with secrets blanked, for logs and results. */
export const withoutSecrets = (settings: Partial<MachineConfig>): Partial<MachineConfig> =>
  Object.fromEntries(
    SETTING_NAMES.filter((name) => name in settings).map((name) => {
      const row = settingOf(name);
      const value = settings[name];
      return [name, row.blank === undefined || value === undefined ? value : shownValue(row, value)];
    }),
  );
