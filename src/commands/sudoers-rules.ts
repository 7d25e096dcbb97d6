import { WnmError } from "../base/errors.ts";
import type { Paths } from "../model/host.ts";
import type { ManagerKind } from "../model/node.ts";
import { idsOf } from "../os/account.ts";
import { programPath } from "../os/command.ts";
import { NODE_ACCOUNT } from "../os/elevation.ts";
import { folderMode } from "../os/files/folder-access.ts";
import { USERADD } from "../process/contract/accounts.ts";
import { UNIT_FOLDER } from "../process/systemd/access.ts";
import { VERBS } from "../process/systemd/systemctl.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { SOFTWARE } from "../software/generations.ts";

/** Who the rules are for, and the settings and paths they depend on. */
export type SudoersPlace = {
  readonly user: string;
  readonly config: MachineConfig;
  readonly paths: Paths;
};

/** A command line as sudo matches it: a shell pattern in which `*` also matches blanks. See sudoers(5). */
type Pattern = string;

/** The rules for /etc/sudoers.d, limited to what wnm does through sudo. Throws WnmError when it needs no sudo. */
export function sudoersText(place: SudoersPlace): string {
  const { process_manager } = place.config;
  const rules = workRules(place);
  if (rules === undefined)
    throw new WnmError(
      `--process_manager ${process_manager} uses no sudo; give --process_manager systemd+sudo to see its rules`,
    );
  const all = [...initRules(place), ...rules];
  return [
    `# What ${place.user} needs to run wnm with --process_manager ${process_manager}. Check it and put it in place with:`,
    "#   wnm --print_sudoers >wnm.sudoers && sudo visudo -c -f wnm.sudoers && sudo install -m 0440 wnm.sudoers /etc/sudoers.d/wnm",
    "# Print it again when node_storage, port_start, rpc_port_start, webrtc_direct or firewall change. An account that may",
    "# write units or root's files can become root: give these rights only to an account that may.",
    `Cmnd_Alias WNM_ROOT = ${list(all)}`,
    // Files of nodes are accessed as the nodes' account, so wnm's account gains no more rights than the nodes have.
    `Cmnd_Alias WNM_NODE = ${NODE_FILES}`,
    `${place.user} ALL=(root) NOPASSWD: WNM_ROOT`,
    `${place.user} ALL=(${NODE_ACCOUNT}) NOPASSWD: WNM_NODE`,
    "",
  ].join("\n");
}

/** The rules for managing nodes; undefined when nodes need no sudo. */
const workRules = (place: SudoersPlace): readonly Pattern[] | undefined => {
  const rules = RULES[place.config.process_manager];
  return rules === undefined ? undefined : [...fileRules(place), ...firewallRules(place), ...rules()];
};

/** A sudoers rule, the account to run as, and an example of a command line that it allows. */
export type SudoCall = { readonly as: string; readonly rule: Pattern; readonly argv: readonly string[] };

/** One example call, for node 1, of each rule that managing nodes needs; none when nodes need no sudo. */
export function sudoCalls(place: SudoersPlace): readonly SudoCall[] {
  const rules = workRules(place)?.filter((rule) => !rule.startsWith("!")) ?? [];
  const calls = rules.map((rule) => ({ as: "root", rule, argv: exampleOf(rule) }));
  const env = { as: NODE_ACCOUNT, rule: NODE_FILES, argv: command("env", "-i true").split(" ") };
  return calls.length === 0 ? [] : [...calls, env];
}

/** An example of words that the pattern matches. */
const exampleOf = (pattern: Pattern): readonly string[] =>
  pattern
    .replaceAll(DIGITS, "0001")
    .replaceAll("[0-9][0-9][0-9]", "001")
    .replaceAll("antnode[0-9]*", "antnode0001")
    .replaceAll("[0-9]*", "4000001")
    .split(/(?<!\\) /)
    .map((word) => word.replace(/\\(.)/gs, "$1"));

const list = (patterns: readonly Pattern[]): string => patterns.join(", \\\n    ");

/** The commands that each process manager runs as root. */
const RULES: Partial<Record<ManagerKind, () => readonly Pattern[]>> = {
  "systemd+sudo": () => systemdRules,
  "setsid+sudo": () =>
    ["TERM", "KILL"].flatMap((signal) => [
      command("kill", `-${signal} -- [0-9]*`),
      command("kill", `-${signal} -- -[0-9]*`),
    ]),
};

const DIGITS = "[0-9][0-9][0-9][0-9]";
const NODE = `antnode${DIGITS}`;

/** Joins a program's path and the pattern of its arguments. */
const command = (program: string, args: Pattern): Pattern =>
  `${programPath(program) ?? `/usr/sbin/${program}`} ${args}`;

/** Escapes text for use in a pattern. */
const literal = (text: string): Pattern => text.replace(/[\\,:=*?[\]!#\s]/g, "\\$&");

/** The command that runs as the nodes' account. */
const NODE_FILES: Pattern = command("env", "-i *");

function initRules({ user, paths, config }: SudoersPlace): readonly Pattern[] {
  const folders = new Set([paths.base, paths.logs, ...config.node_storage]);
  return [
    command("useradd", USERADD.map(literal).join(" ")),
    ...[...folders].map((folder) => command("install", `-d -o ${user} -m 0755 -- ${literal(folder)}`)),
    command(
      "install",
      `-d -o ${NODE_ACCOUNT} -g ${NODE_ACCOUNT} -m 0755 -- ${literal(paths.bootstrap_cache)}`,
    ),
  ];
}

/** Rules for file work next to the nodes' folders. Work inside the folders is done as the nodes' account. */
function fileRules({ user, config, paths }: SudoersPlace): readonly Pattern[] {
  const readers = { readers: idsOf(user)?.gid };
  const install = (mode: number, parent: string): Pattern =>
    command(
      "install",
      `-d -o ${NODE_ACCOUNT} -g ${readers.readers ?? NODE_ACCOUNT} -m ${mode.toString(8)} -- ${literal(parent)}/${NODE}`,
    );
  return [
    ...config.node_storage.map((storage) => install(folderMode("one node's", readers), storage)),
    install(folderMode("one node's logs", readers), paths.logs),
    command("install", `-d -m 0755 -- ${literal(paths.logs)}`),
    ...config.node_storage.flatMap(contentRules),
    ...[...config.node_storage, paths.logs].map((parent) =>
      command("rm", `-r -f --one-file-system -- ${literal(parent)}/${NODE}`),
    ),
  ];
}

/** The files of the nodes in one storage. */
function contentRules(storage: string): readonly Pattern[] {
  const staged = `${literal(storage)}/.${NODE}.new`;
  const files = Object.values(SOFTWARE).flatMap(({ program, text_files, key_file }) => [
    ...[program, ...text_files].map((name) => ["-f", name] as const),
    ["-n", key_file] as const,
  ]);
  return [
    ...["0755", "0644", "0600"].map((mode) =>
      command("install", `-o ${NODE_ACCOUNT} -g ${NODE_ACCOUNT} -m ${mode} -T -- /dev/stdin ${staged}`),
    ),
    ...files.map(([how, name]) =>
      command("mv", `${how} -T -- ${staged} ${literal(storage)}/${NODE}/${literal(name)}`),
    ),
    command("rm", `-f -- ${staged}`),
  ];
}

const unit = `${UNIT_FOLDER}/${NODE}.service`;
const secrets = `${UNIT_FOLDER}/${NODE}.env`;
/** Allows only units of nodes after the first unit of a call: the pattern spells out each letter of "antnode". */
const otherUnits = ["", ..."antnode"].map((_, i) => {
  const begun = "antnode".slice(0, i);
  const next = "antnode"[i] ?? "0-9";
  return `!${command("systemctl", `* -- * ${begun}[!${next}]*`)}`;
});
const systemdRules: readonly Pattern[] = [
  command("install", `-o root -g root -m 0644 -T -- /dev/stdin ${unit}.new`),
  command("mv", `-f -T -- ${unit}.new ${unit}`),
  command("rm", `-f -- ${unit}`),
  command("rm", `-f -- ${unit}.new`),
  // The node's environment variables may contain secrets, so only root may read them.
  command("install", `-o root -g root -m 0600 -T -- /dev/stdin ${secrets}.new`),
  command("mv", `-f -T -- ${secrets}.new ${secrets}`),
  command("rm", `-f -- ${secrets}`),
  command("rm", `-f -- ${secrets}.new`),
  command("systemctl", "daemon-reload"),
  ...Object.values(VERBS).map((words) => command("systemctl", `${words.join(" ")} -- antnode[0-9]*.service`)),
  ...otherUnits,
];

function firewallRules({ config }: SudoersPlace): readonly Pattern[] {
  if (config.firewall === "none") return [];
  const blocks = [config.port_start, ...(config.webrtc_direct === "on" ? [config.rpc_port_start] : [])];
  const ports = blocks.map((block) => `${block}[0-9][0-9][0-9]/udp`);
  return [
    command("ufw", "show added"),
    ...ports.flatMap((port) => [
      command("ufw", `allow ${port} comment ${NODE}`),
      command("ufw", `delete allow ${port}`),
    ]),
  ];
}
