import { join } from "node:path";
import { WnmError } from "../errors.ts";
import { VERSION } from "../version.ts";
import type { World } from "../world.ts";
import { download, downloadTo } from "./download.ts";
import { replaceProgram, tidyUp, unpackProgram, workbench } from "./replace.ts";
import { verifiedComment } from "./signature.ts";
import { STAMP } from "./stamp.ts";

const LIST = { max_bytes: 64 * 1024, deadline_ms: 60_000 };
const ARTEFACT = { max_bytes: 256 * 1024 * 1024, deadline_ms: 1_800_000 };
const START_MS = 60_000;

/** A release that its signature proves. */
type Release = { readonly version: string; readonly url: string; readonly sha256: string };

/**
 * Replaces this program by the latest release and returns what to tell. The signature is checked with the key in this
 * program, whatever the mirror (WNM_MIRROR); an older release is never taken; a new one that does not start is undone.
 * May be called again after a kill at any point. Throws WnmError.
 */
export async function selfUpgrade(program: string, dry_run: boolean, world: World): Promise<string> {
  if (STAMP.publicKey === "" || STAMP.target === "")
    throw new WnmError(
      "This wnm was built from a checkout, not released, and cannot upgrade itself; use install.sh",
    );
  const mirror = (world.env.WNM_MIRROR ?? "").replace(/\/+$/, "");
  const release = await latestRelease(mirror === "" ? STAMP.releases : mirror);
  const order = Bun.semver.order(release.version, VERSION);
  // A kill after the last step leaves its workbench to a program that is the latest already.
  if (order <= 0 && !dry_run) tidyUp(program);
  if (order === 0) return `wnm ${VERSION} is the latest release\n`;
  if (order < 0)
    return `wnm ${VERSION} is newer than the latest release, ${release.version}; nothing was changed\n`;
  if (dry_run) return `wnm ${VERSION} would be replaced by ${release.version} (${release.url}): ${program}\n`;

  using bench = workbench(program);
  const packed = join(bench.path, "wnm.gz");
  const found = await downloadTo(packed, release.url, ARTEFACT);
  if (found !== release.sha256)
    throw new WnmError(
      `${release.url} is not what was released: its sha256 is ${found}, and ${release.sha256} is right; nothing was changed`,
    );
  const fresh = join(bench.path, "wnm");
  await unpackProgram(packed, fresh, program);
  const check = (path: string) => checkStarts(path, release.version, world);
  try {
    await check(fresh);
  } catch (error) {
    throw new WnmError(`${error instanceof Error ? error.message : error}; nothing was changed`);
  }
  await replaceProgram(program, fresh, check);
  return `wnm ${VERSION} is now ${release.version}: ${program}\nThe one before: ${program}.previous\n`;
}

/** The latest release, by redirect: the signed list at "latest" names its version. */
async function latestRelease(releases: string): Promise<Release> {
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
    throw new WnmError(`The new wnm says "${stdout.trim()}" and not "wnm version ${version}"`);
}
