import { dirname } from "node:path";
import { WnmError } from "./errors.ts";
import type { Paths } from "./model/host.ts";
import type { ManagerKind } from "./model/node.ts";
import { programPath } from "./os/command.ts";
import { NODE_ACCOUNT } from "./os/elevation.ts";
import { USERADD } from "./process/accounts.ts";
import { VERBS } from "./process/systemctl.ts";
import { UNIT_FOLDER } from "./process/systemd-rights.ts";
import type { MachineConfig } from "./settings/machine.ts";
import { SOFTWARE } from "./software/register.ts";

/** For whom the rules are, and what they may touch. */
export type SudoersPlace = {
  readonly user: string;
  readonly config: MachineConfig;
  readonly paths: Paths;
  readonly antnode_path: string;
};

/** A command line as sudo compares it: shell patterns, of which `*` matches blanks too. sudoers(5). */
type Pattern = string;

/**
 * The rules for /etc/sudoers.d that allow what wnm does through sudo in the colony's mode, and nothing else.
 * Throws WnmError when the colony's nodes need no sudo.
 */
export function sudoersText(place: SudoersPlace): string {
  const { process_manager } = place.config;
  const rules = RULES[process_manager];
  if (rules === undefined)
    throw new WnmError(
      `--process_manager ${process_manager} uses no sudo; give --process_manager systemd+sudo to see its rules`,
    );
  const { root, node = [] } = rules(place);
  const all = [...initRules(place), ...fileRules(place), ...firewallRules(place), ...root];
  return [
    `# What ${place.user} needs to run wnm with --process_manager ${process_manager}. Check it and put it in place with:`,
    "#   wnm --print_sudoers >wnm.sudoers && visudo -c -f wnm.sudoers && sudo install -m 0440 wnm.sudoers /etc/sudoers.d/wnm",
    "# Print it again when node_storage, antnode_path or port_start change. Whoever may write units or files of root's",
    "# choosing can become root: give these rights to nobody who should not.",
    `Cmnd_Alias WNM_ROOT = ${list(all)}`,
    ...(node.length === 0 ? [] : [`Cmnd_Alias WNM_NODE = ${list(node)}`]),
    `${place.user} ALL=(root) NOPASSWD: WNM_ROOT`,
    ...(node.length === 0 ? [] : [`${place.user} ALL=(${NODE_ACCOUNT}) NOPASSWD: WNM_NODE`]),
    "",
  ].join("\n");
}

const list = (patterns: readonly Pattern[]): string => patterns.join(", \\\n    ");

const RULES: Partial<
  Record<ManagerKind, (place: SudoersPlace) => { root: readonly Pattern[]; node?: readonly Pattern[] }>
> = {
  "systemd+sudo": () => ({ root: systemdRules }),
  "setsid+sudo": () => ({
    root: ["TERM", "KILL"].flatMap((signal) => [
      command("kill", `-s ${signal} -- [0-9]*`),
      command("kill", `-s ${signal} -- -[0-9]*`),
    ]),
    node: [command("env", "-i *")],
  }),
};

const DIGITS = "[0-9][0-9][0-9][0-9]";
const NODE = `antnode${DIGITS}`;

/** A program's path and the pattern of its arguments. */
const command = (program: string, args: Pattern): Pattern =>
  `${programPath(program) ?? `/usr/sbin/${program}`} ${args}`;

/** Text that stands for itself in a pattern. */
const literal = (text: string): Pattern => text.replace(/[\\,:=*?[\]!#\s]/g, "\\$&");

const own = `-o ${NODE_ACCOUNT} -g ${NODE_ACCOUNT} -m 0755`;

function initRules({ user, paths, config }: SudoersPlace): readonly Pattern[] {
  const folders = new Set([paths.base, paths.logs, config.node_storage]);
  return [
    command("useradd", USERADD.map(literal).join(" ")),
    ...[...folders].map((folder) => command("install", `-d -o ${user} -m 0755 -- ${literal(folder)}`)),
    command("install", `-d ${own} -- ${literal(paths.bootstrap_cache)}`),
  ];
}

function fileRules({ config, paths, antnode_path }: SudoersPlace): readonly Pattern[] {
  const folders = [config.node_storage, paths.logs].map((parent) => `${literal(parent)}/${NODE}`);
  const kinds = Object.values(SOFTWARE);
  const installed = new Set([
    antnode_path,
    ...kinds.map(({ program }) => `${dirname(antnode_path)}/${program}`),
  ]);
  const sources = [...[...installed].map(literal), `${literal(paths.base)}/programs/ant*-[0-9]*`];
  const programs = kinds.map(({ program }) => `${folders[0]}/${program}`);
  const texts = kinds.flatMap(({ text_files }) => text_files.map((name) => `${folders[0]}/${literal(name)}`));
  const keys = kinds.map(({ key_file }) => `${folders[0]}/${literal(key_file)}`);
  const fed = (mode: string, path: string) =>
    command("install", `-o ${NODE_ACCOUNT} -g ${NODE_ACCOUNT} -m ${mode} -T -- /dev/stdin ${path}.new`);
  return [
    ...folders.map((folder) => command("install", `-d ${own} -- ${folder}`)),
    ...programs.flatMap((program) =>
      sources.map((source) => command("install", `${own} -T -- ${source} ${program}.new`)),
    ),
    ...texts.map((path) => fed("0644", path)),
    ...[...programs, ...texts].map((path) => command("mv", `-f -T -- ${path}.new ${path}`)),
    ...keys.flatMap((path) => [
      command("base64", `-w 0 -- ${path}`),
      fed("0600", path),
      command("ln", `-T -- ${path}.new ${path}`),
      command("rm", `-f -- ${path}.new`),
    ]),
    ...folders.map((folder) => command("rm", `-r -f --one-file-system -- ${folder}`)),
  ];
}

const unit = `${UNIT_FOLDER}/${NODE}.service`;
/** After the first unit of a call only further units of nodes may follow: each letter of "antnode" has to be right. */
const otherUnits = ["", ..."antnode"].map((_, i) => {
  const begun = "antnode".slice(0, i);
  const next = "antnode"[i] ?? "0-9";
  return `!${command("systemctl", `* -- * ${begun}[!${next}]*`)}`;
});
const systemdRules: readonly Pattern[] = [
  command("install", `-o root -g root -m 0644 -T -- /dev/stdin ${unit}.new`),
  command("mv", `-f -T -- ${unit}.new ${unit}`),
  command("rm", `-f -- ${unit}`),
  command("systemctl", "daemon-reload"),
  ...Object.values(VERBS).map((words) => command("systemctl", `${words.join(" ")} -- antnode[0-9]*.service`)),
  ...otherUnits,
];

function firewallRules({ config }: SudoersPlace): readonly Pattern[] {
  if (config.firewall === "none") return [];
  const port = `${config.port_start}[0-9][0-9][0-9]/udp`;
  return [
    command("ufw", "show added"),
    command("ufw", `allow ${port} comment ${NODE}`),
    command("ufw", `delete allow ${port}`),
  ];
}
