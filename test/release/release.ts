import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { makeRelease } from "../../scripts/release.ts";
import { BUN_VERSION, TARGETS, type Target } from "../../scripts/runtimes.ts";

export const ROOT = join(import.meta.dirname, "../..");

/** Releases and root file systems that tests create once are kept here, outside the checkout. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "wnm-test-releases");

/** A secret key that signs only releases for tests, so it is not a secret. */
export const TEST_KEY =
  "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwIXvgQDM8Z3oe2TGOJ9XhFBstbEM9PkFkR2qo6X6BvxILxnoqijwBRC6crLsTPdm2Bc6WW49tLKfNVbrbBMLc/C0jv9twdinAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
export const TEST_PUBLIC_KEY = "RWTAhe+BAMzxnRC6crLsTPdm2Bc6WW49tLKfNVbrbBMLc/C0jv9twdin";

/** The address of the test releases. Something answers there only in a throw-away machine. */
export const TEST_PORT = 8377;
export const TEST_RELEASES = `http://127.0.0.1:${TEST_PORT}/releases`;

/** This machine's own artefact. */
export const NATIVE: Target = process.arch === "arm64" ? "linux-arm64" : "linux-x64";
export const NATIVE_MUSL: Target = `${NATIVE}-musl`;

/** What one test needs, at the lowest cost: packing everything takes minutes. */
export const TEST_XZ = { targets: [NATIVE], preset: 0 };

/** The files of a release. */
async function sourcesHash(): Promise<string> {
  const hash = createHash("sha256").update(`${BUN_VERSION} ${TEST_KEY} ${TEST_RELEASES}`);
  const files = [...new Bun.Glob("{src,scripts}/**/*.{ts,sql}").scanSync(ROOT)].sort();
  for (const file of [...files, "install.sh", "package.json", "bun.lock"])
    hash.update(`\0${file}\0`).update(await Bun.file(join(ROOT, file)).bytes());
  return hash.digest("hex").slice(0, 16);
}

/**
 * The folder of a release of this checkout, created once per change of its sources. With `antNodeKey` it accepts node
 * programs that are signed with that key.
 */
export async function testRelease(
  version: string,
  targets: readonly Target[] = TARGETS,
  antNodeKey = "",
): Promise<string> {
  const kind = antNodeKey === "" ? "" : "-nodes";
  const outdir = join(CACHE, await sourcesHash(), `${version}-${targets.length}${kind}`);
  await madeOnce(outdir, (draft) =>
    makeRelease({
      outdir: draft,
      version,
      signingKey: TEST_KEY,
      releases: TEST_RELEASES,
      targets,
      xz: TEST_XZ,
      antNodeKey,
    }),
  );
  return outdir;
}

/** Calls `make` with a draft's path unless the folder exists; other processes may do the same at the same time. */
export async function madeOnce(folder: string, make: (draft: string) => Promise<unknown>): Promise<void> {
  if (existsSync(folder)) return;
  const parent = join(folder, "..");
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const draft = mkdtempSync(join(parent, "draft-"));
  try {
    await make(join(draft, "made"));
    renameSync(join(draft, "made"), folder);
  } catch (error) {
    // Another process was faster; its result is identical.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Unpacks an artefact to FOLDER/wnm, executable by everybody. */
export async function unpack(release: string, target: Target, folder: string): Promise<string> {
  const packed = await Bun.file(join(release, `wnm-${target}.gz`)).bytes();
  mkdirSync(folder, { recursive: true });
  const program = join(folder, "wnm");
  writeFileSync(program, Bun.gunzipSync(packed), { mode: 0o755 });
  return program;
}
