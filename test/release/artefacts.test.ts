import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { verifyMachO } from "../../scripts/macho.ts";
import { readKeyPair } from "../../scripts/minisign.ts";
import { RUNTIMES, runtimeOf, sha256Of, TARGETS, type Target } from "../../scripts/runtimes.ts";
import { documented } from "../readme/commands.ts";
import { endOf } from "./ended.ts";
import { muslRoot, SHIM_PATH } from "./musl-root.ts";
import { ROOT, TEST_KEY, TEST_RELEASES, TEST_XZ, testRelease, unpack } from "./release.ts";

setDefaultTimeout(300_000);

const VERSION = "1.0.0";
let folder: string;
let release: string;
const programs = new Map<Target, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wnm-artefacts-"));
  release = await testRelease(VERSION);
  for (const target of TARGETS) programs.set(target, await unpack(release, target, join(folder, target)));
}, 480_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function output(argv: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await endOf(argv, env);
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${code}: ${stderr}`);
  return stdout;
}

const programOf = (target: Target): string => programs.get(target) ?? "";

/** How a program is started here as if on its target machine. */
type Start = (program: string, ...args: readonly string[]) => Promise<string>;

const qemuArm =
  (cpu: string): Start =>
  (program, ...args) =>
    output(["qemu-aarch64-static", "-cpu", cpu, program, ...args], {
      QEMU_LD_PREFIX: "/usr/aarch64-linux-gnu",
    });

const inMuslRoot: Start = async (program, ...args) => {
  const root = await muslRoot("amd64");
  const inside = mkdtempSync(join(root, "tmp", "artefact-"));
  try {
    cpSync(program, join(inside, "wnm"));
    const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
    return await output([...sudo, "/usr/sbin/chroot", root, join(inside, "wnm").slice(root.length), ...args]);
  } finally {
    rmSync(inside, { recursive: true });
  }
};

const inMuslRootForArm: Start = async (program, ...args) => {
  const shim = ["-E", `LD_PRELOAD=${SHIM_PATH.arm64}`, "-E", "LD_LIBRARY_PATH=/lib"];
  return output(["qemu-aarch64-static", ...shim, program, ...args], {
    QEMU_LD_PREFIX: await muslRoot("arm64"),
  });
};

const STARTS: readonly (readonly [target: Target, how: string, start: Start])[] = [
  ["linux-x64", "natively", (program, ...args) => output([program, ...args])],
  [
    "linux-x64",
    "on a CPU without AVX",
    (program, ...args) => output(["qemu-x86_64-static", "-cpu", "Nehalem", program, ...args]),
  ],
  ["linux-arm64", "on the oldest 64-bit ARM", qemuArm("cortex-a53")],
  ["linux-x64-musl", "with musl", inMuslRoot],
  ["linux-arm64-musl", "with musl", inMuslRootForArm],
];

describe("every Linux artefact starts", () => {
  test.each(STARTS)("%s, %s", async (target, _how, start) => {
    expect(await start(programOf(target), "--version")).toBe(`wnm version ${VERSION}\n`);
    // This loads the whole program, not only its first lines.
    expect(await start(programOf(target), "--help")).toContain("--self_upgrade");
  });
});

describe("every artefact for macOS has a valid signature", () => {
  test.each(["darwin-arm64", "darwin-x64"] as const)("%s", async (target) => {
    expect(verifyMachO(await Bun.file(programOf(target)).bytes())).toEqual([]);
  });
});

test("a release contains these files and no others", () => {
  const artefacts = [
    ...TARGETS.map((target) => `wnm-${target}.gz`),
    ...TEST_XZ.targets.map((target) => `wnm-${target}.xz`),
  ];
  expect(readdirSync(release).sort()).toEqual(
    [...artefacts, "SHA256SUMS", "SHA256SUMS.minisig", "install.sh"].sort(),
  );
});

test("the list has the correct checksum of each file", async () => {
  const lines = (await Bun.file(join(release, "SHA256SUMS")).text()).trim().split("\n");
  expect(lines).toHaveLength(readdirSync(release).length - 2);
  for (const line of lines) {
    const [checksum = "", name = ""] = line.split("  ");
    expect([name, await sha256Of(join(release, name))]).toEqual([name, checksum]);
  }
});

test("Debian's minisign accepts the list and its comment", async () => {
  const key = (await Bun.file(join(release, "install.sh")).text()).match(/^PUBLIC_KEY='(.+)'$/m)?.[1] ?? "";
  const comment = await output(["minisign", "-V", "-Q", "-m", join(release, "SHA256SUMS"), "-P", key], {
    PATH: "/usr/bin",
  });
  expect(comment).toBe(`wnm ${VERSION}\n`);
});

test("another checkout in another folder gives the same bytes", async () => {
  const checkout = join(folder, "another", "checkout");
  mkdirSync(checkout, { recursive: true });
  for (const part of [
    "src",
    "scripts",
    "install.sh",
    "package.json",
    "tsconfig.json",
    "bunfig.toml",
    "bun.lock",
  ])
    cpSync(join(ROOT, part), join(checkout, part), { recursive: true });
  // Copies: a link would lead back to this checkout. The last two are what @noble/post-quantum imports.
  const noble = ["@noble/curves", "@noble/ciphers"];
  for (const dependency of [...Object.keys(manifest.dependencies), ...noble])
    cpSync(join(ROOT, "node_modules", dependency), join(checkout, "node_modules", dependency), {
      recursive: true,
      dereference: true,
    });
  // The README's own commands, except for the key and the address, which also determine the bytes.
  const { HOME = "/root", PATH = "/usr/bin:/bin", XDG_CACHE_HOME } = process.env;
  const cache = XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME };
  const type = async (command: string): Promise<void> => {
    const ended = await endOf(["/bin/bash", "-c", command], { HOME, PATH, ...cache }, checkout);
    if (ended.code !== 0) throw new Error(`${command}: ${ended.code}: ${ended.stderr}`);
  };
  await type(documented("minisign -G -W -p minisign.pub -s minisign.key"));
  const key = join(checkout, "minisign.key");
  const made = readKeyPair(await Bun.file(key).text());
  expect(await Bun.file(join(checkout, "minisign.pub")).text()).toContain(made.publicKey);
  await Bun.write(key, `untrusted comment: a test's\n${TEST_KEY}\n`);
  const command = documented(
    'WNM_SIGNING_KEY="$(cat minisign.key)" WNM_RELEASES=https://example.org/releases bun run release',
  );
  await type(
    `${command.replace("https://example.org/releases", TEST_RELEASES)} --xz_targets ${TEST_XZ.targets} --xz_preset ${TEST_XZ.preset}`,
  );
  const again = join(checkout, "dist/release");
  expect(readdirSync(again)).toHaveLength(readdirSync(release).length);
  for (const name of readdirSync(release))
    expect([name, await sha256Of(join(again, name))]).toEqual([name, await sha256Of(join(release, name))]);
});

test("no artefact contains the path it was built in", async () => {
  for (const target of TARGETS) {
    const bytes = Buffer.from(await Bun.file(programOf(target)).bytes());
    expect([target, bytes.includes(ROOT)]).toEqual([target, false]);
    expect([target, bytes.includes(folder)]).toEqual([target, false]);
  }
});

test("a runtime that differs from the pinned one is refused and deleted", async () => {
  const cache = join(folder, "cache");
  const { sha256 } = RUNTIMES["linux-x64"];
  const planted = join(cache, "wnm-runtimes", sha256);
  const bytes = await Bun.file(await runtimeOf("linux-x64")).bytes();
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await Bun.write(planted, bytes);
  const outfile = join(folder, "planted", "wnm");
  const build = output(
    [process.execPath, join(ROOT, "scripts/build.ts"), "--target", "linux-x64", "--outfile", outfile],
    { XDG_CACHE_HOME: cache, HOME: folder },
  );
  await expect(build).rejects.toThrow(`but ${sha256} is pinned`);
  expect([existsSync(planted), existsSync(outfile)]).toEqual([false, false]);
});

test("a release is not begun without a key or an address", async () => {
  const outdir = join(folder, "keyless");
  const make = (env: Record<string, string>) =>
    output([process.execPath, join(ROOT, "scripts/release.ts"), "--outdir", outdir], env);
  await expect(make({ WNM_RELEASES: TEST_RELEASES })).rejects.toThrow("WNM_SIGNING_KEY");
  await expect(make({ WNM_SIGNING_KEY: TEST_KEY })).rejects.toThrow("WNM_RELEASES");
  await expect(make({ WNM_SIGNING_KEY: "abc", WNM_RELEASES: TEST_RELEASES })).rejects.toThrow(
    "no minisign secret key",
  );
  await expect(make({ WNM_SIGNING_KEY: TEST_KEY, WNM_RELEASES: "https://a/'; id" })).rejects.toThrow(
    "no address",
  );
  expect(existsSync(outdir)).toBe(false);
});
