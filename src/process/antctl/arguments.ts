import { dirname } from "node:path";
import { WnmError } from "../../base/errors.ts";
import { type Node, nodeLabel } from "../../model/node.ts";
import type { Launch } from "../contract/manager.ts";

/** The arguments that pass folders and programs to antctl. */
export type AntctlStyle = {
  /** Whether data and logs go to the colony's folders or to antctl's own. */
  readonly folders: "given" | "own";
  /** The source of a new node's program: wnm's file, a given release, or antctl's default release. */
  readonly program: { readonly from: "file" } | { readonly from: "release"; readonly version?: string };
};

type Rule = "same" | "switch" | "dropped" | { readonly as: string };

/**
 * How each antnode flag is passed to `antctl add`: unchanged, as a switch without a value, under another name, or dropped
 * because antctl sets it itself. A flag that is not listed cannot be passed through antctl.
 */
const FLAGS: Readonly<Record<string, Rule>> = {
  "--root-dir": "dropped",
  "--log-output-dest": "dropped",
  "--bootstrap-cache-dir": "dropped",
  "--rewards-address": "same",
  "--port": { as: "--node-port" },
  "--metrics-server-port": { as: "--metrics-port" },
  "--ip": { as: "--node-ip" },
  "--max-log-files": "same",
  "--max-archived-log-files": "same",
  "--log-format": "same",
  "--network-id": "same",
  "--network-contacts-url": "same",
  "--peer": "same",
  "--no-upnp": "switch",
  "--relay": "switch",
  "--alpha": "switch",
  "--first": "switch",
  "--local": "switch",
  "--ignore-cache": "switch",
  "--write-older-cache-files": "switch",
};
/** Switches that antctl writes into every service automatically. */
const IMPLIED: ReadonlySet<string> = new Set(["--enable-metrics-server", "--stop-on-upgrade"]);

/** `antctl add` for the node: all flags of antctl and of the node precede the network, as clap requires. Pure. */
export function addArguments(node: Node, launch: Launch, style: AntctlStyle): readonly string[] {
  const at = launch.args.indexOf(node.network);
  if (at < 0) throw new WnmError(`${nodeLabel(node)} has no network among its arguments`);
  const folders =
    style.folders === "own"
      ? []
      : [
          ...["--data-dir-path", dirname(node.root_dir)],
          ...(node.log_dir === undefined ? [] : ["--log-dir-path", dirname(node.log_dir)]),
        ];
  return [
    "add",
    ...folders,
    ...["--rpc-port", String(node.rpc_port)],
    ...programArguments(launch, style),
    ...variables(launch),
    ...translated(launch.args.slice(0, at)),
    ...launch.args.slice(at),
  ];
}

/** `antctl upgrade` of one service. Repeats its environment: antctl's registry keeps only the last one given. Pure. */
export const upgradeArguments = (service: string, launch: Launch): readonly string[] => [
  "upgrade",
  ...["--interval", "0"],
  ...["--path", launch.program],
  ...variables(launch),
  ...["--service-name", service],
];

function programArguments(launch: Launch, { program }: AntctlStyle): readonly string[] {
  if (program.from === "file") return ["--path", launch.program];
  return program.version === undefined ? [] : ["--version", program.version];
}

/** One --env for each variable: antctl 0.14 does not split at commas, whatever its help says. */
const variables = (launch: Launch): readonly string[] =>
  Object.entries(launch.env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);

function translated(args: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    const [flag = "", ...inline] = word.split("=");
    if (IMPLIED.has(flag)) continue;
    const rule = FLAGS[flag];
    if (rule === undefined) {
      throw new WnmError(`antctl cannot pass ${word} to a node; take it out of --start_args`);
    }
    if (rule === "switch") {
      words.push(flag);
      continue;
    }
    const value = inline.length > 0 ? inline.join("=") : (args[++i] ?? "");
    if (rule !== "dropped") words.push(rule === "same" ? flag : rule.as, value);
  }
  return words;
}

/** Why antctl cannot write these paths and variables, which it does not quote, into a unit; undefined when it can. Pure. */
export function unwritable(paths: readonly string[], launch: Launch): string | undefined {
  const path = paths.find((text) => /[\s"'\\%$;]/.test(text));
  if (path !== undefined)
    return `antctl cannot run a node from ${path}: it does not quote blanks or special signs`;
  const variable = Object.entries(launch.env).find(([, value]) => /["\\%\n]/.test(value));
  return variable === undefined
    ? undefined
    : `antctl cannot pass the variable ${variable[0]}: its value has a quote, a backslash, a % or a new line`;
}
