import { chmodSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { adHocSigned, verifyMachO } from "./macho.ts";
import { runtimeOf, TARGETS, type Target } from "./runtimes.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** What a build puts into the program beside its sources. */
export type Stamp = {
  readonly version: string;
  /** The artefact this is, such as "linux-x64": what --self_upgrade looks for. */
  readonly target: Target | "";
  /** The minisign key that releases are signed with; "" makes a build that never upgrades itself. */
  readonly publicKey: string;
  /** The folder of the releases on the web. */
  readonly releases: string;
  /** The ML-DSA-65 public key in base64 that ant-node releases are signed with, for tests; "": the project's own. */
  readonly antNodeKey: string;
  /** Where antnode's release information is, for tests; "": the project's own. */
  readonly antnodeInformation: string;
};

/** The project's own node programs. */
export const REAL_NODES = { antNodeKey: "", antnodeInformation: "" } as const;

export const DEVELOPMENT: Stamp = {
  version: manifest.version,
  target: "",
  publicKey: "",
  releases: "",
  ...REAL_NODES,
};

/** Every value is defined, if only as "": an undefined one would be read from the user's environment. */
const defines = (stamp: Stamp): readonly string[] =>
  Object.entries({
    WNM_VERSION_AT_BUILD: stamp.version,
    WNM_TARGET_AT_BUILD: stamp.target,
    WNM_PUBLIC_KEY_AT_BUILD: stamp.publicKey,
    WNM_RELEASES_AT_BUILD: stamp.releases,
    WNM_ANT_NODE_KEY_AT_BUILD: stamp.antNodeKey,
    WNM_ANTNODE_INFORMATION_AT_BUILD: stamp.antnodeInformation,
  }).map(([name, value]) => `--define=process.env.${name}=${JSON.stringify(value)}`);

/**
 * Compiles wnm to `outfile`: for `stamp.target` with its pinned runtime, else for this machine with the Bun that runs.
 * Bytecode, splitting and minification make it start in a fifth of the time; without autoload and with strict
 * exec-argv a planted bunfig.toml, .env or BUN_OPTIONS runs no code. The same sources, stamp and file name give the
 * same bytes. Throws with the compiler's words when it does not build.
 */
export async function buildWnm(
  outfile: string,
  stamp: Stamp = DEVELOPMENT,
  entry = "src/main.ts",
): Promise<void> {
  const target = stamp.target;
  const forTarget =
    target === "" ? [] : [`--target=bun-${target}`, `--compile-executable-path=${await runtimeOf(target)}`];
  mkdirSync(dirname(resolve(outfile)), { recursive: true });
  const build = Bun.spawn(
    [
      process.execPath,
      "build",
      "--compile",
      ...forTarget,
      "--minify",
      "--bytecode",
      "--format=esm",
      "--splitting",
      "--production",
      // Compiling hot code while a run of milliseconds goes on costs it a tenth; 1000 nodes are 5 % faster too, 5000 the
      // same (measured; without any compiling they would be a tenth slower).
      "--compile-jit-policy=16",
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      "--compile-exec-argv=--disallow-code-generation-from-strings=strict",
      ...defines(stamp),
      `--outfile=${resolve(outfile)}`,
      entry,
    ],
    { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const [stdout, stderr, code] = await Promise.all([build.stdout.text(), build.stderr.text(), build.exited]);
  if (code !== 0) throw new Error(`wnm does not build: ${stdout}${stderr}`);
  if (target.startsWith("darwin-")) await makeSignatureValid(resolve(outfile));
}

/** Bun leaves Oven's own signature over the changed x64 program, which macOS refuses to start: sign it again. */
async function makeSignatureValid(outfile: string): Promise<void> {
  const bytes = await Bun.file(outfile).bytes();
  if (verifyMachO(bytes).length === 0) return;
  const signed = adHocSigned(bytes, "wnm");
  const problems = verifyMachO(signed);
  if (problems.length > 0) throw new Error(`${outfile}: ${problems.join("; ")}`);
  const beside = `${outfile}.signed`;
  await Bun.write(beside, signed);
  chmodSync(beside, 0o755);
  rmSync(outfile);
  renameSync(beside, outfile);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      outfile: { type: "string" },
      /** The benchmark builds its floor, a hello world, with the same flags. */
      entry: { type: "string" },
      target: { type: "string", multiple: true, default: [] },
      /** For tests: a key file (raw bytes) and an address in place of the project's own. */
      "ant-node-key": { type: "string" },
      "antnode-information": { type: "string" },
    },
  });
  const keyFile = values["ant-node-key"];
  const stamp: Stamp = {
    ...DEVELOPMENT,
    antNodeKey: keyFile === undefined ? "" : (await Bun.file(keyFile).bytes()).toBase64(),
    antnodeInformation: values["antnode-information"] ?? "",
  };
  const names: readonly string[] = values.target.includes("all") ? TARGETS : values.target;
  const targets = TARGETS.filter((target) => names.includes(target));
  if (targets.length < names.length || (targets.length > 1 && values.outfile !== undefined)) {
    process.stderr.write(
      `usage: build.ts [--outfile FILE] [--target TARGET]… [--ant-node-key FILE] [--antnode-information URL]   targets: all ${TARGETS.join(" ")}\n`,
    );
    process.exit(2);
  }
  if (targets.length === 0) await buildWnm(values.outfile ?? join(ROOT, "dist", "wnm"), stamp, values.entry);
  for (const target of targets) {
    const outfile = values.outfile ?? join(ROOT, "dist", target, "wnm");
    await buildWnm(outfile, { ...stamp, target });
  }
}
