import { MANAGER_KINDS, SOFTWARE_KINDS } from "../model/node.ts";
import {
  address,
  bytes,
  bytesPerSecond,
  choice,
  count,
  epoch,
  flag,
  host,
  load,
  millis,
  optionalCount,
  optionalPath,
  optionalText,
  path,
  percent,
  portBlock,
  rewards,
  type Setting,
  seconds,
  variables,
  words,
} from "./kinds.ts";
import { FAUCET_ADDRESS } from "./rewards.ts";

/**
 * Every setting that the colony keeps, in the order of the machine-config report.
 * A row is a flag, an environment name, a key of the config file and a column of table `machine`, all of one spelling.
 */
export const MACHINE = {
  node_cap: count({ group: "size", default: 20, help: "Most nodes to keep on this machine" }),
  cpu_less_than: percent({
    group: "grow",
    default: 50,
    help: "Add or start nodes only while CPU use is below this",
  }),
  cpu_remove: percent({ group: "shed", default: 70, help: "Stop nodes while CPU use is above this" }),
  mem_less_than: percent({
    group: "grow",
    default: 60,
    help: "Add or start nodes only while memory use is below this",
  }),
  mem_remove: percent({ group: "shed", default: 75, help: "Stop nodes while memory use is above this" }),
  hd_less_than: percent({
    group: "grow",
    default: 75,
    help: "Add or start nodes only while disk use is below this",
  }),
  hd_remove: percent({ group: "shed", default: 90, help: "Remove nodes while disk use is above this" }),
  delay_start: seconds({ group: "pace", default: 300, help: "How long a started node counts as starting" }),
  delay_restart: seconds({
    group: "pace",
    default: 600,
    help: "Hold before a node stopped for load starts again, and before a silent node is restarted",
  }),
  delay_upgrade: seconds({
    group: "pace",
    default: 300,
    help: "How long an upgraded node counts as upgrading",
  }),
  delay_remove: seconds({
    group: "pace",
    default: 300,
    help: "Time between stopping a node and deleting its data",
  }),
  survey_delay: millis({ group: "pace", default: 0, help: "Pause between asking one node and the next" }),
  action_delay: millis({ group: "pace", default: 0, help: "Pause between one action and the next" }),
  node_storage: path({
    group: "paths",
    default: (at) => at.paths.node_storage,
    help: "Folder that holds the nodes' folders",
  }),
  rewards_address: rewards({ group: "wallet", default: undefined, help: "Who is paid; required at --init" }),
  donate_address: address({
    group: "wallet",
    default: FAUCET_ADDRESS,
    help: "What the name 'donate' stands for",
  }),
  max_load_average_allowed: load({
    group: "shed",
    default: (at) => at.cpu_count * 1.0,
    help: "Stop nodes while the 1, 5 or 15 minute load is above this",
  }),
  desired_load_average: load({
    group: "grow",
    default: (at) => (at.cpu_count * 6) / 10,
    help: "Add or start nodes only while all three loads are below this",
  }),
  port_start: portBlock({
    group: "ports",
    default: 55,
    change: "at init",
    help: "Node ports: this times 1000 plus the node's number",
  }),
  hdio_read_less_than: bytesPerSecond({
    group: "grow",
    default: 0,
    help: "Add nodes only while disk reads are below this",
  }),
  hdio_read_remove: bytesPerSecond({
    group: "shed",
    default: 0,
    help: "Stop nodes while disk reads are above this",
  }),
  hdio_write_less_than: bytesPerSecond({
    group: "grow",
    default: 0,
    help: "Add nodes only while disk writes are below this",
  }),
  hdio_write_remove: bytesPerSecond({
    group: "shed",
    default: 0,
    help: "Stop nodes while disk writes are above this",
  }),
  netio_read_less_than: bytesPerSecond({
    group: "grow",
    default: 0,
    help: "Add nodes only while network input is below this",
  }),
  netio_read_remove: bytesPerSecond({
    group: "shed",
    default: 0,
    help: "Stop nodes while network input is above this",
  }),
  netio_write_less_than: bytesPerSecond({
    group: "grow",
    default: 0,
    help: "Add nodes only while network output is below this",
  }),
  netio_write_remove: bytesPerSecond({
    group: "shed",
    default: 0,
    help: "Stop nodes while network output is above this",
  }),
  last_stopped_at: epoch({ group: "other", default: 0, help: "Boot time of the machine at the last survey" }),
  host: host({ group: "other", default: "127.0.0.1", help: "Where the nodes' metrics servers listen" }),
  crisis_bytes: bytes({
    group: "grow",
    default: 2_000_000_000,
    help: "Never add a node with fewer free bytes on the disk",
  }),
  metrics_port_start: portBlock({
    group: "ports",
    default: 13,
    change: "at init",
    help: "Metrics ports, in the same way",
  }),
  rpc_port_start: portBlock({
    group: "ports",
    default: 30,
    change: "at init",
    help: "RPC ports, in the same way (antctl)",
  }),
  environment: variables({ group: "node", default: undefined, help: "Environment variables of the nodes" }),
  start_args: words({
    group: "node",
    default: undefined,
    help: "Extra arguments of the nodes, before the network's name",
  }),
  max_concurrent_upgrades: count({ group: "pace", default: 1, help: "Most nodes upgrading at once" }),
  max_concurrent_starts: count({ group: "pace", default: 1, help: "Most nodes starting at once" }),
  max_concurrent_removals: count({
    group: "pace",
    default: 1,
    help: "Most nodes waiting for removal at once",
  }),
  max_concurrent_operations: count({ group: "pace", default: 1, help: "Most of all three at once" }),
  node_removal_strategy: choice(["youngest"])({
    group: "other",
    default: "youngest",
    help: "Which node goes first",
    stored_only: true,
  }),
  process_manager: choice(MANAGER_KINDS)({
    group: "node",
    default: (at) => at.process_manager,
    change: "at init",
    help: "What runs the nodes, and with whose rights",
  }),
  max_node_per_container: count({
    group: "container",
    default: 200,
    help: "Most nodes in one container (s6overlay+user); how many ports a new container gets",
  }),
  min_container_count: count({
    group: "container",
    default: 1,
    help: "Fewest containers that nodes are spread over (s6overlay+user)",
  }),
  docker_image: optionalText({
    group: "container",
    default: "iweave/antnode:latest",
    help: "Image of the containers; wnm --dockerfile prints how to build one",
  }),
  no_upnp: flag({
    group: "node",
    default: false,
    help: "Tell nodes not to ask the router for a port; needed on most servers",
  }),
  antnode_path: path({
    group: "paths",
    default: "~/.local/bin/antnode",
    help: "Node program that nodes are copied from",
  }),
  node_software: choice(["auto", ...SOFTWARE_KINDS])({
    group: "node",
    default: "auto",
    help: "Generation of new nodes; auto: that of the program at --antnode_path",
  }),
  replace_generation: flag({
    group: "node",
    default: false,
    help: "Exchange nodes of the other generation for new ones, a few at a time; needs --confirm to begin",
  }),
  evm_network: choice(["arbitrum-one", "arbitrum-sepolia"])({
    group: "node",
    default: "arbitrum-one",
    help: "Network that pays new nodes; arbitrum-sepolia is for tests and pays nothing of worth",
  }),
  network_mode: choice(["production", "testnet", "development"])({
    group: "node",
    default: "production",
    help: "Protection against many nodes behind one address (ant-node)",
  }),
  ipv4_only: flag({
    group: "node",
    default: false,
    help: "Keep nodes off IPv6, on machines where it does not work (ant-node)",
  }),
  node_log_level: choice(["off", "error", "warn", "info", "debug", "trace"])({
    group: "node",
    default: "info",
    help: "What nodes write to their logs, two days of it (ant-node)",
  }),
  antctl_path: path({ group: "antctl", default: "~/.local/bin/antctl", help: "The antctl program" }),
  antctl_debug: flag({ group: "antctl", default: false, help: "Run antctl with --debug" }),
  antctl_version: optionalText({
    group: "antctl",
    default: undefined,
    help: "Node version that antctl installs",
  }),
  firewall: choice(["auto", "ufw", "none"])({
    group: "node",
    default: "auto",
    help: "Where the nodes' ports are opened in the sudo modes; auto: in ufw if it is there",
  }),
  highest_node_id_used: optionalCount({
    group: "other",
    default: undefined,
    change: "with update_config",
    help: "Highest node number ever given out",
  }),
  docker_path: optionalPath({
    group: "container",
    default: undefined,
    help: "The docker program, or Podman's; without it docker is looked for in the system's folders",
  }),
  docker_args: words({
    group: "container",
    default: undefined,
    help: "Extra arguments of docker create, such as limits of memory and CPU",
  }),
} satisfies Record<string, Setting<unknown>>;

type ValueOf<S> = S extends Setting<infer T> ? T : never;

export type SettingName = keyof typeof MACHINE;

/** The colony's settings as this run uses them. */
export type MachineConfig = { readonly [K in SettingName]: ValueOf<(typeof MACHINE)[K]> };

export const SETTING_NAMES = Object.keys(MACHINE) as readonly SettingName[];

/** The row of a setting with its value type widened, for code that treats all settings alike. */
export const settingOf = (name: SettingName): Setting<unknown> => MACHINE[name];
