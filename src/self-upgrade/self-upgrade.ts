import { join } from "node:path";
import { WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { VERSION } from "../base/version.ts";
import { compareVersions } from "../model/version.ts";
import { progressLine } from "../os/progress.ts";
import type { World } from "../os/world.ts";
import { download } from "../releases/download.ts";
import { install, previousOf, tidyUp, workbench, writeVerified } from "../releases/install.ts";
import { verifiedComment } from "../releases/minisign.ts";
import { downloadResumably } from "../releases/resumable.ts";
import { gunzipped } from "../releases/tar.ts";
import { verifiedBySha256 } from "../releases/verify.ts";
import { STAMP } from "./stamp.ts";

const LIST = { max_bytes: 64 * 1024, deadline_ms: 60_000 };
const ARTEFACT = { max_bytes: 128 * 1024 * 1024, deadline_ms: 1_800_000 };
const START_MS = 60_000;

/** A release that its signature proves. */
type Release = { readonly version: string; readonly url: string; readonly sha256: string };

/**
 * Replaces this program by the latest release and returns the result as text. The signature is checked with the key in this
 * program, whatever the mirror (WNM_MIRROR); an older release is never taken; a new one that does not start is undone.
 * May be called again after a kill at any point. Throws WnmError.
 */
export async function selfUpgrade(program: string, dry_run: boolean, world: World): Promise<string> {
  const release = await latestRelease(world);
  const order = compareVersions(release.version, VERSION);
  if (order === undefined)
    throw new WnmError(
      `The latest release says that its version is ${release.version}, and this is ${VERSION}: it is unknown which one is newer; nothing was changed`,
    );
  // An upgrade killed after its last step has left its folder beside a program that is the latest already.
  if (order !== "newer" && !dry_run) tidyUp(program);
  if (order === "equal") return `wnm ${VERSION} is the latest release\n`;
  if (order === "older")
    return `wnm ${VERSION} is newer than the latest release, ${release.version}; nothing was changed\n`;
  if (dry_run) return `wnm ${VERSION} would be replaced by ${release.version} (${release.url}): ${program}\n`;

  using bench = workbench(program, "--self_upgrade");
  const packed = await downloadResumably({
    url: release.url,
    name: "wnm.gz",
    folder: bench.path,
    bounds: ARTEFACT,
    progress: progressLine("wnm", world.complain),
  });
  const fresh = join(bench.path, "wnm");
  writeVerified(gunzipped(verifiedBySha256(packed, release.sha256)), fresh, program);
  try {
    await checkStarts(fresh, release.version, world);
  } catch (error) {
    throw new WnmError(`${messageOf(error)}; nothing was changed`);
  }
  await install([{ fresh, path: program }], "wnm", () => checkStarts(program, release.version, world));
  return `wnm ${VERSION} is now ${release.version}: ${program}\nThe one before: ${previousOf(program)}\n`;
}

/** The version of the latest release, which its signature proves; nothing is changed. Throws WnmError. */
export const latestVersion = async (world: Pick<World, "env">): Promise<string> =>
  (await latestRelease(world)).version;

/** The latest release, by redirect: the signed list at "latest" names its version. */
async function latestRelease({ env }: Pick<World, "env">): Promise<Release> {
  if (STAMP.publicKey === "" || STAMP.target === "")
    throw new WnmError(
      "This wnm was built from a checkout, not released, and cannot upgrade itself; use install.sh",
    );
  const mirror = (env.WNM_MIRROR ?? "").replace(/\/+$/, "");
  const releases = mirror === "" ? STAMP.releases : mirror;
  const list = `${releases}/latest/download/SHA256SUMS`;
  const sums = await download(list, LIST);
  const signature = await download(`${list}.minisig`, LIST);
  const comment = verifiedComment(sums, new TextDecoder().decode(signature), STAMP.publicKey);
  const version = /^wnm (\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(comment)?.[1];
  const artefact = `wnm-${STAMP.target}.gz`;
  const line = new TextDecoder()
    .decode(sums)
    .split("\n")
    .find((text) => text.endsWith(`  ${artefact}`));
  const sha256 = /^[0-9a-f]{64}(?= )/.exec(line ?? "")?.[0];
  if (version === undefined || sha256 === undefined)
    throw new WnmError(`${list} (${comment}) has no ${artefact}; nothing was changed`);
  return { version, sha256, url: `${releases}/download/v${version}/${artefact}` };
}

/** Throws WnmError unless the program starts and prints the version. */
async function checkStarts(program: string, version: string, world: World): Promise<void> {
  const { stdout } = await world.run([program, "--version"], { deadline_ms: START_MS });
  if (stdout !== `wnm version ${version}\n`)
    throw new WnmError(`The new wnm prints "${stdout.trim()}" instead of "wnm version ${version}"`);
}
