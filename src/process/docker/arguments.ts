import { dirname } from "node:path/posix";
import type { Container } from "../model/container.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import type { Launch } from "./manager.ts";

/** What all containers of a colony have in common. */
export type ContainerPlace = {
  readonly image: string;
  /** Further arguments of docker create, before the image: --docker_args. */
  readonly extra: readonly string[];
  /** Value of --user, and what the engine needs beside it so that files belong to the account. */
  readonly user: string;
  readonly user_args: readonly string[];
  /** Folder with init.sh, and for shared containers the nodes' definitions; read-only inside. */
  readonly control: string;
  /** Folders that nodes write to beside their own, such as the bootstrap cache. */
  readonly writable: readonly string[];
};

/** Labels by which containers are found again and proved to be ours. */
export const LABEL = {
  colony: "com.autonomi.wnm.colony",
  node: "com.autonomi.wnm.node",
  container: "com.autonomi.wnm.container",
  definition: "com.autonomi.wnm.definition",
} as const;

/** Seconds that a node, or all nodes of a container, have to end before they are killed. */
export const GRACE_S = 10;

/** A short name for long text: the first 8 or more hex digits of its SHA-256. */
const digest = (text: string, length = 8): string =>
  new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, length);

/** "antnode0001-1a2b3c4d": two colonies of one engine never meet. */
export const ownContainerName = (node: Node): string =>
  `${nodeLabel(node)}-${digest(dirname(node.root_dir))}`;

/** "a1-1a2b3c4d" for the container that many nodes of this storage share. */
export const sharedContainerName = (id: number, storage: string): string => `a${id}-${digest(storage)}`;

/** The command that is the node: its program with its environment and nothing else. */
export const nodeCommand = (node: Node, launch: Launch): readonly string[] => [
  "env",
  "-i",
  ...Object.entries(launch.env).map(([name, value]) => `${name}=${value}`),
  node.binary,
  ...launch.args,
];

/** `docker create` for a container that is one node. */
export function createOwn(node: Node, launch: Launch, place: ContainerPlace): readonly string[] {
  const network = networkOf(place.extra);
  const folders = [node.root_dir, ...(node.log_dir === undefined ? [] : [node.log_dir]), ...place.writable];
  const first = { first: node.port, last: node.port };
  const metrics = { first: node.metrics_port, last: node.metrics_port };
  return definition({
    name: ownContainerName(node),
    // A node that was stopped stays so when the engine starts again.
    restart: "unless-stopped",
    labels: { [LABEL.colony]: dirname(node.root_dir), [LABEL.node]: nodeLabel(node) },
    ports: network === "host" ? [] : published(first, metrics),
    folders,
    place,
    command: ["one", network === "host" ? "-" : String(node.metrics_port), ...nodeCommand(node, launch)],
  });
}

/** `docker create` for a container that many nodes share; they are started inside later. */
export function createShared(
  container: Container,
  folders: readonly string[],
  place: ContainerPlace,
): readonly string[] {
  const ports = { first: container.port_range_start, last: container.port_range_end };
  const metrics = {
    first: container.metrics_port_range_start,
    last: container.metrics_port_range_end,
  };
  return definition({
    name: container.name,
    // Its nodes are stopped, it never is; and an engine that was killed takes others for stopped by hand.
    restart: "always",
    labels: { [LABEL.colony]: container.storage, [LABEL.container]: `a${container.id}` },
    ports: networkOf(place.extra) === "host" ? [] : published(ports, metrics),
    folders: [container.storage, ...folders, ...place.writable],
    state: stateFolder(place.control),
    place,
    command: ["many"],
  });
}

/**
 * What the init of a shared container reads before it starts the node: shell assignments and the command. The node's
 * output goes to its log folder and begins anew at each start.
 */
export function sharedNode(node: Node, launch: Launch, place: Pick<ContainerPlace, "extra">): string {
  const output = node.log_dir === undefined ? "/dev/null" : `${node.log_dir}/${OUTPUT}`;
  return [
    `metrics_port=${networkOf(place.extra) === "host" ? "-" : node.metrics_port}`,
    `output=${quoted(output)}`,
    `set -- ${nodeCommand(node, launch).map(quoted).join(" ")}`,
    "",
  ].join("\n");
}

/** Folder in which the init of a shared container keeps the numbers of its processes. */
export const stateFolder = (control: string): string => `${control}/state`;

/** File in a node's log folder for what it prints. */
export const OUTPUT = "output.log";

type Definition = {
  readonly name: string;
  readonly restart: "unless-stopped" | "always";
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly folders: readonly string[];
  /** Where the init of a shared container writes down what runs. */
  readonly state?: string;
  readonly place: ContainerPlace;
  readonly command: readonly string[];
};

function definition({
  name,
  restart,
  labels,
  ports,
  folders,
  state,
  place,
  command,
}: Definition): readonly string[] {
  const args = [
    ...["--pull", "never", "--restart", restart, "--stop-timeout", String(GRACE_S)],
    ...["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    ...["--tmpfs", "/tmp:rw,nosuid,nodev,size=64m,mode=1777"],
    ...["--log-driver", "json-file", "--log-opt", "max-size=1m"],
    ...["--user", place.user, ...place.user_args],
    ...ports.flatMap((port) => ["--publish", port]),
    ...["--mount", mount(place.control, "/wnm", "readonly")],
    // A tmpfs would get another mode at the container's second start (runc 1.1), and nothing could be written.
    ...(state === undefined ? [] : ["--mount", mount(state, "/run/wnm")]),
    ...[...new Set(folders)].flatMap((folder) => ["--mount", mount(folder, folder)]),
    ...place.extra,
    ...["--entrypoint", "/bin/sh", place.image, "/wnm/init.sh", ...command],
  ];
  const all = { ...labels, [LABEL.definition]: digest(JSON.stringify(args), 16) };
  return [
    ...["create", "--name", name],
    ...Object.entries(all).flatMap(([label, value]) => ["--label", `${label}=${value}`]),
    ...args,
  ];
}

/** The definition's digest as `create` labels it; another one means that the container has to be made anew. */
export const definitionOf = (create: readonly string[]): string =>
  create.find((word) => word.startsWith(`${LABEL.definition}=`))?.slice(LABEL.definition.length + 1) ?? "";

type Range = { readonly first: number; readonly last: number };

/** The node port is open to everybody, the metrics only to this machine. */
const published = (ports: Range, metrics: Range): readonly string[] => [
  `${range(ports)}:${range(ports)}/udp`,
  `127.0.0.1:${range(metrics)}:${range(metrics)}/tcp`,
];

const range = ({ first, last }: Range): string => (first === last ? `${first}` : `${first}-${last}`);

/** A bind mount that fails when the folder is not there, where --volume would make one. The value is a line of CSV. */
const mount = (source: string, target: string, ...flags: readonly string[]): string =>
  ["type=bind", field(`source=${source}`), field(`target=${target}`), ...flags].join(",");

const field = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A word that a shell takes as it is. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** The network that the operator asks for; with "host" the nodes' own ports are the machine's. */
function networkOf(extra: readonly string[]): string | undefined {
  for (const [i, word] of extra.entries()) {
    const inline = /^--net(?:work)?=(.*)$/.exec(word)?.[1];
    if (inline !== undefined) return inline;
    if (word === "--network" || word === "--net") return extra[i + 1];
  }
  return undefined;
}
