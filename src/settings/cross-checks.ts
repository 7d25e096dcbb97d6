import { type Given, type Issue, named } from "./layers.ts";
import type { MachineConfig, SettingName } from "./machine.ts";
import { splitWords } from "./split-words.ts";
import { whyOneFolder } from "./storage-folders.ts";

const PAIRS: readonly (readonly [SettingName, SettingName])[] = [
  ["cpu_less_than", "cpu_remove"],
  ["mem_less_than", "mem_remove"],
  ["hd_less_than", "hd_remove"],
  ["desired_load_average", "max_load_average_allowed"],
];
const IO_PAIRS: readonly (readonly [SettingName, SettingName])[] = [
  ["hdio_read_less_than", "hdio_read_remove"],
  ["hdio_write_less_than", "hdio_write_remove"],
  ["netio_read_less_than", "netio_read_remove"],
  ["netio_write_less_than", "netio_write_remove"],
];
const BLOCKS: readonly SettingName[] = ["metrics_port_start", "rpc_port_start", "port_start"];
const HIGHEST_PORT = 65_535;

/**
 * Checks settings that depend on each other. Only pairs that this call changes are checked, so that an imported colony with
 * odd settings keeps running.
 */
export function crossChecks(config: MachineConfig, given: Given): readonly Issue[] {
  const isWish = (name: SettingName): boolean => given.has(name) && given.get(name)?.layer !== "takeover";
  const touched = (...names: readonly SettingName[]): boolean => names.some(isWish);
  const number = (name: SettingName): number => Number(config[name]);
  const shown = (name: SettingName): string => valued(name, number(name), given);
  const issues: Issue[] = [];
  for (const [low, high] of [...PAIRS, ...IO_PAIRS]) {
    const io = IO_PAIRS.some(([name]) => name === low);
    const fits = number(low) <= number(high) || (io && number(low) + number(high) <= 1);
    if (!touched(low, high) || fits) continue;
    issues.push({
      name: low,
      message: `${shown(low)} must not be above ${shown(high)}${io ? ", or both 0" : ""}`,
    });
  }
  const { process_manager, node_storage } = config;
  const only_one = whyOneFolder(process_manager);
  if (touched("process_manager", "node_storage") && node_storage.length > 1 && only_one !== undefined)
    issues.push({
      name: "node_storage",
      message: `${named("node_storage", given)} names ${node_storage.length} folders, and ${process_manager} takes one: ${only_one}`,
    });
  if (touched("alert_url", "alert_template", "ping_url", "database_mode"))
    issues.push(...secrecyChecks(config));
  if (touched("start_args")) issues.push(...oneNodeChecks(config));
  return touched("node_cap", ...BLOCKS) ? [...issues, ...portChecks(config, given)] : issues;
}

/** Issues for secrets that would be stored in a database readable by other accounts. */
function secrecyChecks(config: MachineConfig): readonly Issue[] {
  const { database_mode, alert_url = "", alert_template = "", ping_url } = config;
  const secrets = [
    ...(/(?:^|\s)(?!exec:)\S/.test(alert_url) ? ["alert_url"] : []),
    ...(/^[[{"]/.test(alert_template) ? ["alert_template"] : []),
    ...(ping_url === undefined ? [] : ["ping_url"]),
  ];
  const [first] = secrets;
  return database_mode === "0600" || first === undefined
    ? []
    : [
        {
          name: first,
          message: `--${secrets.join(", --")} may hold a token, and --database_mode ${database_mode} lets other accounts read it; set --database_mode 0600, or send with exec:/path and keep the token in a file of your own`,
        },
      ];
}

/** Node flags whose value must be unique per node. A port of 0 means any free one. */
const ONE_NODE_FLAGS: ReadonlySet<string> = new Set([
  ...["--root-dir", "--port", "-p", "--webrtc-direct-bind", "--webrtc-direct-port", "--webrtc-port"],
  ...["--webrtc-direct-advertised-addr", "--metrics-server-port", "--rpc", "--log-dir", "--log-output-dest"],
]);

/** Flags that wnm sets itself; given twice, the node program exits at its start. */
const GIVEN_FLAGS: ReadonlySet<string> = new Set([
  ...["--rewards-address", "--evm-network", "--stop-on-upgrade", "--config", "-c"],
  "--enable-metrics-server",
]);

const oneNodeChecks = ({ start_args }: MachineConfig): readonly Issue[] =>
  wrongFlags(splitWords(start_args ?? "") ?? []).map((why) => ({
    name: "start_args",
    message: `--start_args go to every node${why}; leave it out`,
  }));

/** Why arguments cannot be shared by all nodes, which would exit at their start. */
export const wrongFlags = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, i) => {
    const [flag = "", joined] = word.split("=", 2);
    if (GIVEN_FLAGS.has(flag)) return ` beside what wnm gives it, and ${flag} is among that`;
    return !ONE_NODE_FLAGS.has(flag) || /^(?:.*:)?0$/.test(joined ?? words[i + 1] ?? "")
      ? []
      : `, and ${flag} can serve only one`;
  });

/** "--cpu_remove 80 (command line)". */
const valued = (name: SettingName, value: number, given: Given): string =>
  named(name, given).replace(`--${name}`, `--${name} ${value}`);

function portChecks(config: MachineConfig, given: Given): readonly Issue[] {
  const shown = (name: SettingName): string => valued(name, Number(config[name]), given);
  const cap = shown("node_cap");
  // node_cap 0 is temporary, so ports are checked for later nodes too.
  const nodes = Math.max(1, config.node_cap);
  const issues: Issue[] = [];
  for (const [i, name] of BLOCKS.entries()) {
    const [first, last] = [Number(config[name]) * 1000 + 1, Number(config[name]) * 1000 + nodes];
    if (last > HIGHEST_PORT) {
      issues.push({
        name,
        message: `${shown(name)} with ${cap} reaches port ${last}; the highest is ${HIGHEST_PORT}`,
      });
    }
    for (const other of BLOCKS.slice(i + 1)) {
      const start = Number(config[other]) * 1000 + 1;
      if (first <= start + nodes - 1 && start <= last) {
        issues.push({ name, message: `${shown(name)} and ${shown(other)} overlap for ${cap}` });
      }
    }
  }
  return issues;
}
