import { basename } from "node:path";
import { WnmError } from "../base/errors.ts";
import type { Seconds } from "../model/node.ts";
import { compareVersions } from "../model/version.ts";
import { bytesOf } from "../os/files/open-regular.ts";
import { cannotDownload, request } from "../os/net/web-request.ts";
import { download, receive } from "../releases/download.ts";
import { unpackTar } from "../releases/tar.ts";
import { SIGNATURE_BYTES, verifiedByMlDsa } from "../releases/verify.ts";
import { PEERS_FILE } from "./first-peers.ts";
import {
  type Elsewhere,
  isOfChannel,
  isVersion,
  type Machine,
  type NodeRelease,
  type Wanted,
} from "./node-release.ts";
import { NODE_RELEASES } from "./release-stamp.ts";

const SMALL_MS = 60_000;
/** The feed of the last releases. */
const FEED = { max_bytes: 4 * 1024 * 1024, deadline_ms: SMALL_MS };

/** A signature, and what the server said of its release. */
type Signed = {
  readonly signature: Uint8Array;
  readonly version: string | undefined;
  readonly published_at: Seconds | undefined;
  readonly archive: NodeRelease["archive"];
};

/**
 * Finds a release of ant-node: assets `ant-node-cli-{linux,macos}-{x64,arm64}.tar.gz`, each with a `.sig`, below
 * RELEASES/download/vVERSION and, by redirect, RELEASES/latest/download. Throws WnmError.
 */
export async function antNodeRelease(
  wanted: Wanted,
  { mirror, archive }: Elsewhere,
  machine: Machine,
): Promise<NodeRelease> {
  const name = assetOf(machine);
  const signed =
    archive === undefined ? await onTheWeb(wanted, mirror ?? NODE_RELEASES.antNode, name) : inFiles(archive);
  const publicKey = Buffer.from(NODE_RELEASES.antNodeKey, "base64");
  return {
    software: "ant-node",
    version: signed.version,
    published_at: signed.published_at,
    archive: signed.archive,
    name,
    verify: async (packed) => {
      const key = { publicKey, context: NODE_RELEASES.context };
      const verified = await verifiedByMlDsa(packed, signed.signature, key);
      return unpackTar(verified, ["ant-node", PEERS_FILE]);
    },
  };
}

function assetOf({ platform, arch }: Machine): string {
  if (arch !== "x64" && arch !== "arm64") throw new WnmError(`There is no ant-node for ${arch} processors`);
  return `ant-node-cli-${platform === "darwin" ? "macos" : "linux"}-${arch}.tar.gz`;
}

/** A file and its .sig beside it. */
function inFiles(archive: string): Signed {
  const signature = bytesOf(`${archive}.sig`, "settings");
  return { signature, version: undefined, published_at: undefined, archive: { file: archive } };
}

async function onTheWeb(wanted: Wanted, releases: string, name: string): Promise<Signed> {
  const version = wanted.version === "latest" ? await latestOf(wanted.channel, releases) : wanted.version;
  const folder = version === "latest" ? `${releases}/latest/download` : `${releases}/download/v${version}`;
  const url = `${folder}/${name}.sig`;
  const { signature, asked, published_at } = await signatureAt(url);
  // latest/download redirects to download/vVERSION; from here on that release is used, whatever is released meanwhile.
  const named = asked.findLast((at) => versionIn(at) !== undefined);
  return {
    signature,
    published_at,
    version: version === "latest" ? versionIn(named ?? "") : version,
    archive: { url: (named ?? url).replace(/\.sig$/, "") },
  };
}

function versionIn(url: string): string | undefined {
  const version = /\/download\/v([^/]+)\/[^/]+\.sig$/.exec(url)?.[1];
  return version !== undefined && isVersion(version) ? version : undefined;
}

async function signatureAt(url: string): Promise<{
  signature: Uint8Array;
  asked: readonly string[];
  published_at: Seconds | undefined;
}> {
  const answer = await request(url, SMALL_MS);
  const pieces: Uint8Array[] = [];
  try {
    await receive(answer, SIGNATURE_BYTES, (piece) => {
      pieces.push(piece);
    });
  } catch (error) {
    throw cannotDownload(url, error);
  } finally {
    answer.close();
  }
  const modified = Date.parse(answer.response.headers.get("last-modified") ?? "");
  return {
    signature: Buffer.concat(pieces),
    asked: answer.asked,
    published_at: Number.isNaN(modified) ? undefined : Math.floor(modified / 1000),
  };
}

/** Finds the latest version. "latest" has only stable releases; beta releases are in the feed of all releases. */
async function latestOf(channel: Wanted["channel"], releases: string): Promise<string> {
  if (channel === "stable") return "latest";
  const feed = new TextDecoder().decode(await download(`${releases}.atom`, FEED));
  const versions = [...feed.matchAll(/\/releases\/tag\/v([^"<\s]+)"/g)]
    .map(([, version = ""]) => version)
    .filter((version) => isVersion(version) && isOfChannel(version, "beta"));
  const [newest] = versions.toSorted((a, b) => (compareVersions(a, b) === "newer" ? -1 : 1));
  if (newest === undefined)
    throw new WnmError(`${releases}.atom names no beta release of ant-node; nothing was changed`);
  return newest;
}

/** What the archive is called, for messages. */
export const archiveName = ({ archive }: NodeRelease): string =>
  "url" in archive ? archive.url : basename(archive.file);
