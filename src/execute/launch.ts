import { basename, dirname } from "node:path";
import { WnmError } from "../base/errors.ts";
import { reserveMb } from "../decide/disk-growth.ts";
import { diskOf, NO_DISK } from "../decide/disks.ts";
import type { HostMetrics, NodeBinary } from "../model/host.ts";
import { type Node, nodeLabel, type SoftwareKind, storageOf } from "../model/node.ts";
import type { OperatorProgram } from "../model/program-path.ts";
import { compareVersions } from "../model/version.ts";
import { SEARCH_PATH } from "../os/command.ts";
import { isThere } from "../os/files/presence.ts";
import type { Launch } from "../process/contract/manager.ts";
import { splitWords } from "../settings/split-words.ts";
import { foreignFlags } from "../software/foreign-flags.ts";
import { SOFTWARE } from "../software/generations.ts";
import type { Software } from "../software/software.ts";
import type { ExecutionContext } from "./context.ts";
import { payeeOf } from "./payee.ts";

/** The program for new nodes. Throws WnmError when there is no working one. */
export function usableBinary(binary: NodeBinary): Extract<NodeBinary, { version: string }> {
  if (binary.version === undefined) throw new WnmError(binary.problem);
  return binary;
}

/** How to run a node, and the resulting fields of its row. */
export type PreparedLaunch = {
  readonly launch: Launch;
  readonly row: {
    readonly version: string | undefined;
    readonly webrtc_port: number | undefined;
    readonly wallet: string;
  } & Pick<Node, "program_sha256" | "strange_program">;
};

/** A node's program and what is known about it. */
export type LaunchProgram = {
  readonly path: string;
  readonly runnable: OperatorProgram | undefined;
  readonly software: SoftwareKind;
  readonly version: string | undefined;
  readonly flags: ReadonlySet<string>;
  readonly sha256: string | undefined;
};

/** How to run the node, with the given program, else its own, else the one for new nodes. Throws WnmError. */
export async function launchOf(
  context: ExecutionContext,
  node: Node,
  given?: LaunchProgram,
): Promise<PreparedLaunch> {
  const binary = given ?? (isThere(node.binary) ? ownProgram(context, node) : usableBinary(context.binary));
  if (binary.software !== node.software) {
    throw new WnmError(
      `${nodeLabel(node)} is an ${node.software} and ${binary.path} is an ${binary.software}: a node cannot change its generation; wnm --replace_generation replaces old nodes by new ones`,
    );
  }
  const software = SOFTWARE[node.software];
  // The node's own program has already read its data; another version may not be able to.
  if (binary.path !== node.binary) requireReadable(node, binary);
  const manager = context.manager(node.manager_type);
  const place = {
    home: manager.account.home,
    bootstrap_cache: context.paths.bootstrap_cache,
    foreign_flags: foreignFlags(software.kind),
    supervised: manager.supervised,
    disk_reserve_mb: reserveMb({ ...context, metrics: metricsFor(context, node) }),
    upgrades_itself: !context.upgrades,
    bootstrap_peers: peersFile(software, context, manager.account.home),
  };
  const env = {
    PATH: SEARCH_PATH,
    HOME: manager.account.home,
    ...software.environment(variablesOf(node, context.config.environment)),
  };
  const webrtc_port = software.webrtcPort(node, context.config, binary.flags);
  const container = context.containers.get(node.container_id ?? 0);
  const wallet = payeeOf(node, context);
  const args = software.arguments(
    { ...node, wallet, binary: binary.path },
    context.config,
    binary.flags,
    place,
  );
  return {
    launch: {
      program: binary.path,
      twins: twinsOf(context, node),
      runnable: binary.runnable,
      args,
      env,
      files: software.files(node, place),
      webrtc_port,
      key_file: software.key_file,
      shared: [context.paths.bootstrap_cache],
      ...(container && { container }),
    },
    row: { version: binary.version, webrtc_port, wallet, ...programFields(context, node, binary) },
  };
}

/** False for an adopted node, whose former manager may overwrite its program in place. */
const isOwnMade = ({ id, root_dir, binary }: Node): boolean =>
  basename(root_dir) === nodeLabel({ id }) && dirname(binary) === root_dir;

/** The nodes, including this one, that may share one program file by hard links. */
function twinsOf({ nodes }: ExecutionContext, node: Node): readonly Node[] {
  if (!isOwnMade(node)) return [];
  const isTwin = (other: Node): boolean =>
    isOwnMade(other) && other.manager_type === node.manager_type && storageOf(other) === storageOf(node);
  return [...new Map([...nodes, [node.id, node]]).values()].filter(isTwin);
}

/** The machine's measurements, with the disk figures of the node's own disk. */
const metricsFor = ({ metrics, disks }: ExecutionContext, node: Node): HostMetrics =>
  disks.length < 2 ? metrics : { ...metrics, ...(diskOf({ disks }, node) ?? NO_DISK) };

/** The row's fields about the program that the node starts with. Warns when the file was replaced by somebody else. */
function programFields(
  context: ExecutionContext,
  node: Node,
  binary: LaunchProgram,
): Pick<Node, "program_sha256" | "strange_program"> {
  // antctl may have installed a different version; the first look at the file counts.
  if (binary.path !== node.binary) {
    const put = context.config.antctl_version === undefined ? binary.sha256 : undefined;
    return { program_sha256: put, strange_program: undefined };
  }
  const expected = node.program_sha256 ?? binary.sha256;
  if (binary.sha256 === undefined || binary.sha256 === expected)
    return { program_sha256: expected, strange_program: undefined };
  if (isOfCutShort(context, node)) return { program_sha256: binary.sha256, strange_program: undefined };
  context.warn(
    `${nodeLabel(node)} starts with a program that neither wnm nor its own upgrade put there: ${node.binary}`,
  );
  return { program_sha256: expected, strange_program: binary.sha256 };
}

/** True for a program that an interrupted upgrade or rollback put there. */
function isOfCutShort(context: ExecutionContext, node: Node): boolean {
  const { record } = context.identify(node.binary);
  if (record === undefined) return false;
  return (
    record.version === node.previous_version || compareVersions(record.version, node.version) === "newer"
  );
}

/** Throws WnmError, naming the version needed in between, when the program cannot read the node's data. */
export function requireReadable(node: Node, { version }: Pick<LaunchProgram, "version">): void {
  const because = version === undefined ? undefined : SOFTWARE[node.software].whyNotBecome(node, version);
  if (because !== undefined) throw new WnmError(because);
}

/** The node's own program, identified by content. wnm never executes it; only the node's account does. */
function ownProgram(context: ExecutionContext, node: Node): LaunchProgram {
  const { sha256, record, changed } = context.identify(node.binary);
  const unrunnable = { path: node.binary, runnable: undefined, sha256 };
  if (record !== undefined) return { ...record, ...unrunnable, flags: new Set(record.flags) };
  return {
    ...unrunnable,
    software: node.software,
    version: changed ? undefined : node.version,
    flags: likelyFlags(context, node.software),
  };
}

/** Flags assumed for a program that has never run: those of the operator's program of the same generation. */
export const likelyFlags = (
  { binary }: Pick<ExecutionContext, "binary">,
  software: SoftwareKind,
): ReadonlySet<string> =>
  binary.version !== undefined && binary.software === software
    ? binary.flags
    : new Set(SOFTWARE[software].flags.usual);

/** The text of the peers file for the node's folder, if there is one. */
function peersFile(
  software: Software,
  { binary, config }: Pick<ExecutionContext, "binary" | "config">,
  home: string,
): string | undefined {
  const peers = software.firstPeers(binary.path, home, config);
  return typeof peers === "object" && "text" in peers ? peers.text : undefined;
}

/** The node's variables. Throws WnmError when unparsable: with one missing, it might start as a different node. */
function variablesOf(node: Node, common: string | undefined): Readonly<Record<string, string>> {
  const text = node.environment ?? common ?? "";
  const words = splitWords(text);
  if (words?.every((word) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) !== true)
    throw new WnmError(`The environment of ${nodeLabel(node)} is not NAME=value pairs: ${text}`);
  return Object.fromEntries(
    words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
  );
}
