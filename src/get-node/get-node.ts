import { dirname } from "node:path";
import { WnmError } from "../base/errors.ts";
import type { NodeBinary } from "../model/host.ts";
import type { Seconds, SoftwareKind } from "../model/node.ts";
import { compareVersions } from "../model/version.ts";
import { elfHeader } from "../os/files/elf-header.ts";
import { bytesOf } from "../os/files/open-regular.ts";
import { presenceOf } from "../os/files/presence.ts";
import type { Artefact, Verified } from "../releases/artefact.ts";
import { install, previousOf, writeVerified } from "../releases/install.ts";
import { downloadResumably, type Progress } from "../releases/resumable.ts";
import { sha256Of } from "../releases/verify.ts";
import { PEERS_FILE } from "../software/first-peers.ts";
import { SOFTWARE } from "../software/generations.ts";
import {
  type Elsewhere,
  isOfChannel,
  type Machine,
  type NodeRelease,
  type Wanted,
} from "../software/node-release.ts";
import type { Programs } from "../software/programs.ts";
import { firstSeen, whyTooYoung } from "./hold.ts";
import { type WorkFolder, workFolder } from "./work-folder.ts";

const BOUNDS = { max_bytes: 128 * 1024 * 1024, deadline_ms: 1_800_000 };

/** What to fetch and where to install it. */
export type Order = {
  readonly software: SoftwareKind;
  readonly wanted: Wanted;
  readonly elsewhere: Elsewhere;
  readonly machine: Machine;
  /** Where the program goes. */
  readonly path: string;
  /** The program currently installed. */
  readonly installed: NodeBinary;
  /** Minimum age, in hours, of a latest release. */
  readonly hold: number;
  readonly now: Seconds;
  /** Why the colony cannot use this version; undefined when it can. */
  readonly objection: (version: string) => string | undefined;
  readonly programs: Pick<Programs, "ofOperator">;
  /** Takes the lock while the program is replaced, so that no run copies it meanwhile. */
  readonly lock: () => Disposable | undefined;
  readonly progress: Progress;
};

/**
 * Downloads, verifies and installs a node program, and returns the result as text. Runs nothing of it before it is
 * verified, not even for its version. Installs it atomically, together with its peers file. Can be repeated after a kill at
 * any point. Throws WnmError, with nothing changed.
 */
export async function getNode(order: Order): Promise<string> {
  const release = await SOFTWARE[order.software].release(order.wanted, order.elsewhere, order.machine);
  using work = workFolder(order.path);
  if (work === undefined) return `Another wnm is already fetching the node program for ${order.path}\n`;
  const early = release.version === undefined ? undefined : whyNot(order, release, release.version, work);
  if (early !== undefined) return early;
  const files = await verifiedFiles(order, release, work);
  const fresh = placedFresh(order, files, work);
  const version = await versionOf(order, release, fresh.program);
  const late = release.version === undefined ? whyNot(order, release, version, work) : undefined;
  return late ?? (await putInPlace(order, version, files, fresh));
}

/** What `getNode` would do. Throws WnmError. */
export async function describeGetNode(order: Order): Promise<string> {
  const release = await SOFTWARE[order.software].release(order.wanted, order.elsewhere, order.machine);
  const { version, archive } = release;
  const not = version === undefined ? undefined : whyNot(order, release, version, undefined);
  const from = "url" in archive ? archive.url : archive.file;
  return (
    not ??
    `${order.software} ${version ?? "of an unknown version"} would be installed at ${order.path}: ${from}\n`
  );
}

/** Why this version is not installed, as the text of the result; undefined when it is. */
function whyNot(
  { software, wanted, path, installed, hold, now, objection }: Order,
  { published_at }: NodeRelease,
  version: string,
  work: WorkFolder | undefined,
): string | undefined {
  const is_latest = wanted.version === "latest";
  const unchanged = (text: string): string => `${software} ${version} ${text}; nothing was changed\n`;
  const order =
    installed.version !== undefined && installed.software === software
      ? compareVersions(version, installed.version)
      : undefined;
  if (order === "equal" && hasPeers(software, path)) return `${software} ${version} is already at ${path}\n`;
  if (is_latest && !isOfChannel(version, wanted.channel))
    return unchanged(`is not a ${wanted.channel} release`);
  if (is_latest && order === "older") return unchanged(`is older than ${installed.version} at ${path}`);
  const because = objection(version);
  if (because !== undefined) return unchanged(`is not taken: ${because}`);
  if (!is_latest || hold === 0 || order === "equal") return undefined;
  const since = published_at ?? (work === undefined ? now : firstSeen(work.path, version, now));
  const young = whyTooYoung(since, { hours: hold, now });
  return young === undefined ? undefined : unchanged(young);
}

/** True when the program's peers file is installed next to it. */
const hasPeers = (software: SoftwareKind, path: string): boolean =>
  !SOFTWARE[software].text_files.includes(PEERS_FILE) ||
  presenceOf(`${dirname(path)}/${PEERS_FILE}`) !== "absent";

/** The release's verified files. If a resumed download fails verification, downloads the whole archive again. */
async function verifiedFiles(
  { progress }: Order,
  release: NodeRelease,
  { path: folder }: WorkFolder,
): Promise<ReadonlyMap<string, Verified>> {
  const { archive, name, verify } = release;
  if ("file" in archive) return verify({ name, from: archive.file, bytes: bytesOf(archive.file, "archive") });
  const fetched = () => downloadResumably({ url: archive.url, name, folder, bounds: BOUNDS, progress });
  const packed: Artefact & { readonly resumed: boolean } = await fetched();
  try {
    return await verify(packed);
  } catch (error) {
    if (!packed.resumed) throw error;
    return verify(await fetched());
  }
}

/** The new files before they are moved into place. */
type Fresh = { readonly program: string; readonly peers: string | undefined };

function placedFresh(
  { software, path, machine }: Order,
  files: ReadonlyMap<string, Verified>,
  { fresh }: WorkFolder,
): Fresh {
  const { program: name } = SOFTWARE[software];
  const [program, peers] = [files.get(name), files.get(PEERS_FILE)];
  if (program === undefined) throw new WnmError(`The release contains no ${name}; nothing was changed`);
  const like = presenceOf(path) === "present" ? path : dirname(path);
  writeVerified(program, `${fresh}/${name}`, like, 0o755);
  if (peers !== undefined) writeVerified(peers, `${fresh}/${PEERS_FILE}`, like, 0o644);
  const arch = elfHeader(`${fresh}/${name}`)?.arch;
  if (arch !== undefined && arch !== machine.arch)
    throw new WnmError(
      `${program.from} is a program for ${arch}, and this machine is ${machine.arch}; nothing was changed`,
    );
  return { program: `${fresh}/${name}`, peers: peers && `${fresh}/${PEERS_FILE}` };
}

/** Runs the verified program for its version. Throws WnmError unless it matches the release. */
async function versionOf(
  { software, programs }: Order,
  release: NodeRelease,
  program: string,
): Promise<string> {
  const binary = await programs.ofOperator(program);
  if (binary.version === undefined) throw new WnmError(`${binary.problem}; nothing was changed`);
  const expected = release.version ?? binary.version;
  if (binary.software !== software || binary.version !== expected)
    throw new WnmError(
      `The release says that it is ${software} ${expected}, and its program is ${binary.software} ${binary.version}; nothing was changed`,
    );
  return binary.version;
}

/** Installs the files that differ. */
async function putInPlace(
  { software, path, programs, lock }: Order,
  version: string,
  files: ReadonlyMap<string, Verified>,
  { program, peers }: Fresh,
): Promise<string> {
  using _lock = lock();
  const places = [
    ...(peers === undefined
      ? []
      : [{ fresh: peers, path: `${dirname(path)}/${PEERS_FILE}`, name: PEERS_FILE }]),
    { fresh: program, path, name: SOFTWARE[software].program },
  ].filter((place) => !isSame(place.path, files.get(place.name)));
  const had_one = presenceOf(path) === "present";
  const check = async (): Promise<void> => {
    const there = await programs.ofOperator(path);
    if (there.version !== version)
      throw new WnmError(`The new ${software} does not say that it is ${version} at ${path}`);
  };
  if (places.length > 0) await install(places, software, check);
  const kept = had_one && places.some((place) => place.path === path);
  return `${software} ${version} is at ${path}\n${kept ? `The one before: ${previousOf(path)}\n` : ""}`;
}

function isSame(path: string, file: Verified | undefined): boolean {
  if (file === undefined || presenceOf(path) !== "present") return false;
  try {
    return sha256Of(bytesOf(path, "archive")) === sha256Of(file.bytes);
  } catch {
    return false;
  }
}
