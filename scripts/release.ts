import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { buildWnm, REAL_NODES } from "./build.ts";
import { readKeyPair } from "./minisign.ts";
import { sha256Of, TARGETS, type Target } from "./runtimes.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** How a release is made. */
export type ReleaseOptions = {
  /** The release's files go here. */
  readonly outdir: string;
  readonly version: string;
  /** A minisign secret key without a password. */
  readonly signingKey: string;
  /** The folder of all releases on the web: RELEASES/download/vX/FILE, and RELEASES/latest/download/FILE. */
  readonly releases: string;
  readonly targets: readonly Target[];
  /** Which of them are packed with xz(1) too, and how hard it tries, 0 to 9. */
  readonly xz: { readonly targets: readonly string[]; readonly preset: number };
  /** The key of ant-node's releases in base64, for tests; without it the project's own. */
  readonly antNodeKey?: string;
};

/**
 * Makes a release: each target's program as wnm-TARGET.gz, those for Linux as wnm-TARGET.xz too, install.sh with their checksums in it, and SHA256SUMS of
 * all of these with its minisign signature, whose trusted comment names the version. The same sources and options
 * give the same bytes. Throws before anything is written when the key or the address is of no use.
 */
export async function makeRelease(options: ReleaseOptions): Promise<void> {
  const { outdir, version, targets } = options;
  const key = readKeyPair(options.signingKey);
  const releases = checkedAddress(options.releases);
  mkdirSync(outdir, { recursive: true });

  const checksums: string[] = [];
  let needed = 0;
  const work = mkdtempSync(join(tmpdir(), "wnm-release-"));
  try {
    for (const target of targets) {
      // The file's name is part of the program, and its folder is not.
      const program = join(work, target, "wnm");
      const nodes = { ...REAL_NODES, antNodeKey: options.antNodeKey ?? REAL_NODES.antNodeKey };
      await buildWnm(program, { version, target, publicKey: key.publicKey, releases, ...nodes });
      const artefact = join(outdir, `wnm-${target}.gz`);
      await pack(program, artefact);
      needed = Math.max(needed, statSync(program).size + statSync(artefact).size);
      checksums.push(`${await sha256Of(artefact)}  wnm-${target}.gz`);
      if (options.xz.targets.includes(target)) {
        const smaller = join(outdir, `wnm-${target}.xz`);
        await packSmaller(program, smaller, options.xz.preset);
        checksums.push(`${await sha256Of(smaller)}  wnm-${target}.xz`);
      }
      rmSync(program);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }

  const installer = fill(await Bun.file(join(ROOT, "install.sh")).text(), {
    VERSION: version,
    RELEASES: releases,
    PUBLIC_KEY: key.publicKey,
    CHECKSUMS: checksums.join("\n"),
    NEEDED_KIB: String(Math.ceil(needed / 1024)),
  });
  await Bun.write(join(outdir, "install.sh"), installer);
  checksums.push(`${await sha256Of(join(outdir, "install.sh"))}  install.sh`);
  const list = `${checksums.join("\n")}\n`;
  await Bun.write(join(outdir, "SHA256SUMS"), list);
  await Bun.write(
    join(outdir, "SHA256SUMS.minisig"),
    key.sign(new TextEncoder().encode(list), `wnm ${version}`),
  );
}

/** A web address that may stand between single quotes in a shell script. */
function checkedAddress(text: string): string {
  const address = text.replace(/\/+$/, "");
  if (!/^https?:\/\/[\w.:/-]+$/.test(address)) throw new Error(`"${text}" is no address to release at`);
  return address;
}

async function pack(program: string, artefact: string): Promise<void> {
  const bytes = await Bun.file(program).bytes();
  await Bun.write(artefact, Bun.gzipSync(bytes, { library: "libdeflate", level: 9 }));
}

/** Packs with xz(1): the same bytes on every machine with any number of processors. The kernel's checksum is all that busybox knows. */
async function packSmaller(program: string, artefact: string, preset: number): Promise<void> {
  const argv = ["xz", "--threads=2", "--block-size=32MiB", "--check=crc32", `-${preset}`, "-c", program];
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: Bun.file(artefact), stderr: "pipe" });
  const said = await child.stderr.text();
  if ((await child.exited) !== 0) throw new Error(`xz could not pack ${program}: ${said.trim()}`);
}

/** Puts a value in for each @NAME@. Throws when one is left over, on either side. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  let text = template;
  for (const [name, value] of Object.entries(values)) {
    if (!text.includes(`@${name}@`)) throw new Error(`install.sh has no @${name}@`);
    text = text.replaceAll(`@${name}@`, () => value);
  }
  const left = /@[A-Z_]+@/.exec(text)?.[0];
  if (left !== undefined) throw new Error(`install.sh has ${left}, which nothing fills in`);
  return text;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      outdir: { type: "string", default: join(ROOT, "dist", "release") },
      // macOS comes without xz.
      xz_targets: { type: "string", default: TARGETS.filter((target) => target.startsWith("linux-")).join() },
      xz_preset: { type: "string", default: "6" },
    },
  });
  const { WNM_SIGNING_KEY, WNM_RELEASES } = process.env;
  if (WNM_SIGNING_KEY === undefined || WNM_RELEASES === undefined) {
    process.stderr.write(
      "A release needs, in the environment:\n" +
        "  WNM_SIGNING_KEY  the text of a minisign secret key without a password (minisign -G -W)\n" +
        "  WNM_RELEASES     where it will be on the web, such as https://example.org/wnm/releases\n",
    );
    process.exit(2);
  }
  // The compiler and the package manager, which this starts, need not know the key.
  process.env.WNM_SIGNING_KEY = "";
  const { outdir } = values;
  try {
    await makeRelease({
      outdir,
      version: manifest.version,
      signingKey: WNM_SIGNING_KEY,
      releases: WNM_RELEASES,
      targets: TARGETS,
      xz: { targets: values.xz_targets.split(","), preset: Number(values.xz_preset) },
    });
    process.stdout.write(`${outdir}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
}
