import { dirname } from "node:path/posix";
import { shellWord } from "../../base/shell-word.ts";
import type { Container } from "../../model/container.ts";
import { type Node, nodeLabel, type Seconds } from "../../model/node.ts";
import { shellExports } from "../../os/shell-words.ts";
import type { Launch } from "../contract/manager.ts";

/** Options that all containers of a colony share. */
export type ContainerDefaults = {
  readonly image: string;
  /** Further arguments of `docker create`, placed before the image: --docker_args. */
  readonly extra: readonly string[];
  /** The value of --user, and further arguments that make files created inside belong to the account. */
  readonly user: string;
  readonly user_args: readonly string[];
  /** The folder with init.sh and, for shared containers, the nodes' definitions; mounted read-only. */
  readonly control: string;
  /** Folders beyond their own that nodes write to, such as the bootstrap cache. */
  readonly writable: readonly string[];
  /** Seconds between `docker stop` and the engine's SIGKILL. */
  readonly stop_grace: Seconds;
};

/** Labels that identify containers as ours. */
export const LABEL = {
  colony: "com.autonomi.wnm.colony",
  node: "com.autonomi.wnm.node",
  container: "com.autonomi.wnm.container",
  definition: "com.autonomi.wnm.definition",
} as const;

/** A short hash of a text: the first hex digits of its SHA-256. */
const digest = (text: string, length = 8): string =>
  new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, length);

/** "antnode0001-1a2b3c4d": unique even if several colonies use one engine. */
export const ownContainerName = (node: Node): string =>
  `${nodeLabel(node)}-${digest(dirname(node.root_dir))}`;

/** "a1-1a2b3c4d": a container shared by nodes of this storage. */
export const sharedContainerName = (id: number, storage: string): string => `a${id}-${digest(storage)}`;

/** The node's command. Environment variables go into a file, because the engine shows commands to everybody. */
export const nodeCommand = (node: Node, launch: Launch): readonly string[] => [node.binary, ...launch.args];

/** The file with the node's environment, in the control folder of its own container. */
export const ENVIRONMENT = "environment";

/** Arguments of `docker create` for a node's own container. Pure. */
export function createOwn(node: Node, launch: Launch, defaults: ContainerDefaults): readonly string[] {
  const network = networkOf(defaults.extra);
  const folders = [
    node.root_dir,
    ...(node.log_dir === undefined ? [] : [node.log_dir]),
    ...defaults.writable,
  ];
  const first = { first: node.port, last: node.port };
  const metrics = { first: node.metrics_port, last: node.metrics_port };
  const { webrtc_port } = launch;
  const browsers = webrtc_port === undefined ? [] : [udp({ first: webrtc_port, last: webrtc_port })];
  return definition({
    name: ownContainerName(node),
    // A node that was stopped must stay stopped when the engine restarts.
    restart: "unless-stopped",
    labels: { [LABEL.colony]: dirname(node.root_dir), [LABEL.node]: nodeLabel(node) },
    ports: network === "host" ? [] : [...published(first, metrics), ...browsers],
    folders,
    defaults,
    command: ["one", network === "host" ? "-" : String(node.metrics_port), ...nodeCommand(node, launch)],
  });
}

/**
 * Arguments of `docker create` for a shared container; its nodes are started inside later. `webrtc_port_range_start`: the
 * first port for browsers, if the nodes have such ports. Pure.
 */
export function createShared(
  container: Container,
  folders: readonly string[],
  defaults: ContainerDefaults,
  webrtc_port_range_start?: number,
): readonly string[] {
  const ports = { first: container.port_range_start, last: container.port_range_end };
  const metrics = {
    first: container.metrics_port_range_start,
    last: container.metrics_port_range_end,
  };
  const start = webrtc_port_range_start;
  const browsers = start === undefined ? [] : [udp({ first: start, last: start + ports.last - ports.first })];
  return definition({
    name: container.name,
    // wnm stops nodes, never the container. With unless-stopped, an engine that was killed would not restart it.
    restart: "always",
    labels: { [LABEL.colony]: container.storage, [LABEL.container]: `a${container.id}` },
    ports: networkOf(defaults.extra) === "host" ? [] : [...published(ports, metrics), ...browsers],
    folders: [container.storage, ...folders, ...defaults.writable],
    state: stateFolder(defaults.control),
    defaults,
    command: ["many", String(defaults.stop_grace)],
  });
}

/**
 * The file that a shared container's init reads to start the node: shell assignments and the command. Each start
 * overwrites the node's output file. Pure.
 */
export function sharedNode(node: Node, launch: Launch, defaults: Pick<ContainerDefaults, "extra">): string {
  const output = node.log_dir === undefined ? "/dev/null" : `${node.log_dir}/${OUTPUT}`;
  return [
    `metrics_port=${networkOf(defaults.extra) === "host" ? "-" : node.metrics_port}`,
    `output=${shellWord(output)}`,
    "environment() {",
    `${shellExports(launch.env)}:`,
    "}",
    `set -- ${nodeCommand(node, launch).map(shellWord).join(" ")}`,
    "",
  ].join("\n");
}

/** The folder for the pid files of a shared container's init. */
export const stateFolder = (control: string): string => `${control}/state`;

/** The file in a node's log folder that receives its output. */
export const OUTPUT = "output.log";

type Definition = {
  readonly name: string;
  readonly restart: "unless-stopped" | "always";
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly folders: readonly string[];
  /** Folder for the pid files of a shared container's init. */
  readonly state?: string;
  readonly defaults: ContainerDefaults;
  readonly command: readonly string[];
};

function definition({
  name,
  restart,
  labels,
  ports,
  folders,
  state,
  defaults,
  command,
}: Definition): readonly string[] {
  const args = [
    ...["--pull", "never", "--restart", restart, "--stop-timeout", String(defaults.stop_grace)],
    ...["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    ...["--tmpfs", "/tmp:rw,nosuid,nodev,size=64m,mode=1777"],
    ...["--log-driver", "json-file", "--log-opt", "max-size=1m"],
    ...["--user", defaults.user, ...defaults.user_args],
    ...ports.flatMap((port) => ["--publish", port]),
    ...["--mount", mount(defaults.control, "/wnm", "readonly")],
    // Not a tmpfs: runc 1.1 changes its mode at the container's second start, which makes it unwritable.
    ...(state === undefined ? [] : ["--mount", mount(state, "/run/wnm")]),
    ...[...new Set(folders)].flatMap((folder) => ["--mount", mount(folder, folder)]),
    ...defaults.extra,
    ...["--entrypoint", "/bin/sh", defaults.image, "/wnm/init.sh", ...command],
  ];
  const all = { ...labels, [LABEL.definition]: digest(JSON.stringify(args), 16) };
  return [
    ...["create", "--name", name],
    ...Object.entries(all).flatMap(([label, value]) => ["--label", `${label}=${value}`]),
    ...args,
  ];
}

/** The digest of `create` in its definition label; if it differs, the container must be rebuilt. */
export const definitionOf = (create: readonly string[]): string =>
  create.find((word) => word.startsWith(`${LABEL.definition}=`))?.slice(LABEL.definition.length + 1) ?? "";

type Range = { readonly first: number; readonly last: number };

/** Publishes the node port to everybody and the metrics port to this machine only. */
const published = (ports: Range, metrics: Range): readonly string[] => [
  udp(ports),
  `127.0.0.1:${range(metrics)}:${range(metrics)}/tcp`,
];

const udp = (ports: Range): string => `${range(ports)}:${range(ports)}/udp`;

const range = ({ first, last }: Range): string => (first === last ? `${first}` : `${first}-${last}`);

/** A bind mount in CSV form. Unlike --volume, it fails for a missing folder instead of creating it. */
const mount = (source: string, target: string, ...flags: readonly string[]): string =>
  ["type=bind", field(`source=${source}`), field(`target=${target}`), ...flags].join(",");

const field = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The network in --docker_args; with "host" the nodes use the machine's ports directly. */
function networkOf(extra: readonly string[]): string | undefined {
  for (const [i, word] of extra.entries()) {
    const inline = /^--net(?:work)?=(.*)$/.exec(word)?.[1];
    if (inline !== undefined) return inline;
    if (word === "--network" || word === "--net") return extra[i + 1];
  }
  return undefined;
}
