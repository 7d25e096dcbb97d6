import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKeyPair } from "../../scripts/minisign.ts";
import type { Ended } from "../support/wnm.ts";
import { endOf } from "./ended.ts";
import { NATIVE, ROOT, TEST_KEY, testRelease, unpack } from "./release.ts";
import { flipped, type ReleaseServer, serveReleases, type Tamper } from "./server.ts";

setDefaultTimeout(300_000);

const OLD = "1.0.0";
const NEWER = "99.0.0";
const ARTEFACT = `wnm-${NATIVE}.gz`;
let origin: string;
let server: ReleaseServer;
let folder: string;
let program: string;
const releases: Record<string, string> = {};

beforeAll(async () => {
  releases[OLD] = await testRelease(OLD);
  releases[NEWER] = await testRelease(NEWER, [NATIVE]);
  origin = await unpack(releases[OLD], NATIVE, mkdtempSync(join(tmpdir(), "wnm-upgrade-from-")));
  server = serveReleases(releases, NEWER);
}, 480_000);

afterAll(() => {
  server?.[Symbol.dispose]();
  rmSync(join(origin, ".."), { recursive: true, force: true });
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wnm-upgrade-"));
  program = join(folder, "bin", "wnm");
  mkdirSync(join(folder, "bin"));
  copyFileSync(origin, program);
});

afterEach(() => {
  server.tamper = undefined;
  server.latest = NEWER;
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]): Promise<Ended> =>
  endOf([program, ...args], { HOME: folder, WNM_MIRROR: server.url });

const version = async (): Promise<string> => (await run("--version")).stdout;
const files = (): readonly string[] => readdirSync(join(folder, "bin")).sort();

/** A release whose program is a shell script, signed like the real ones. */
function standInRelease(script: string, of = "99.1.0"): void {
  const made = join(folder, "release");
  mkdirSync(made);
  const packed = Bun.gzipSync(Buffer.from(script));
  const list = `${createHash("sha256").update(packed).digest("hex")}  ${ARTEFACT}\n`;
  Bun.write(join(made, ARTEFACT), packed);
  Bun.write(join(made, "SHA256SUMS"), list);
  Bun.write(join(made, "SHA256SUMS.minisig"), readKeyPair(TEST_KEY).sign(Buffer.from(list), `wnm ${of}`));
  releases["99.1.0"] = made;
  server.latest = "99.1.0";
}

test("the latest release replaces the program, and the previous one stays beside it", async () => {
  chmodSync(program, 0o750);
  const ended = await run("--self_upgrade");
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  expect(ended.stdout).toBe(`wnm ${OLD} is now ${NEWER}: ${program}\nThe one before: ${program}.previous\n`);
  expect(await version()).toBe(`wnm version ${NEWER}\n`);
  expect(readFileSync(`${program}.previous`).equals(readFileSync(origin))).toBe(true);
  expect(files()).toEqual(["wnm", "wnm.previous"]);
  const again = await run("--self_upgrade");
  expect([again.code, again.stdout]).toEqual([0, `wnm ${NEWER} is the latest release\n`]);
});

test("the doctor reports a newer wnm only when asked, and its cure installs it", async () => {
  const init = ["--rewards_address=donate", "--process_manager=setsid+user", "--node_cap=0", "--no_upnp"];
  expect((await run("--init", ...init)).code).toBe(0);
  const newer = async (...more: readonly string[]): Promise<readonly { readonly key: string }[]> =>
    JSON.parse((await run("--report=doctor", "--json", ...more)).stdout).findings.filter(
      ({ key }: { readonly key: string }) => key === "newer-wnm",
    );
  server.asked.length = 0;
  expect(await newer()).toEqual([]);
  expect(server.asked).toEqual([]);
  const sentence = `wnm ${NEWER} is available, and this is ${OLD}`;
  const cure = "wnm --self_upgrade";
  expect(await newer("--check_releases")).toMatchObject([{ severity: "warning", sentence, cure }]);
  expect((await run(...cure.split(" ").slice(1))).code).toBe(0);
  expect(await newer("--check_releases")).toEqual([]);
});

test("--dry_run changes nothing", async () => {
  server.asked.length = 0;
  const ended = await run("--self_upgrade", "--dry_run");
  expect([ended.code, ended.stdout]).toEqual([
    0,
    expect.stringContaining(`${OLD} would be replaced by ${NEWER}`),
  ]);
  expect(server.asked.some((path) => path.endsWith(ARTEFACT))).toBe(false);
  expect([files(), await version()]).toEqual([["wnm"], `wnm version ${OLD}\n`]);
});

describe("nothing is changed by", () => {
  const only =
    (name: string, change: (body: Uint8Array) => Uint8Array | Response): Tamper =>
    (path, body) =>
      path.endsWith(`/${name}`) ? change(body) : undefined;

  test.each<[string, string, Tamper]>([
    ["a changed byte of the program", "is not what was released", only(ARTEFACT, flipped)],
    [
      "half of the program",
      "is not what was released",
      only(ARTEFACT, (body) => body.slice(0, body.length >> 1)),
    ],
    ["a missing program", "answered 404", only(ARTEFACT, () => new Response("", { status: 404 }))],
    ["a changed list", "signature of the release is wrong", only("SHA256SUMS", flipped)],
    ["a missing list", "answered 404", only("SHA256SUMS", () => new Response("", { status: 404 }))],
    [
      "a missing signature",
      "answered 404",
      only("SHA256SUMS.minisig", () => new Response("", { status: 404 })),
    ],
    [
      "another comment",
      "signature of the release is wrong",
      only("SHA256SUMS.minisig", (body) =>
        Buffer.from(Buffer.from(body).toString().replace(NEWER, "99.0.1")),
      ),
    ],
    [
      "an endless list",
      "is larger than 65536 bytes",
      only("SHA256SUMS", () => new Response("x".repeat(1_000_000))),
    ],
  ])("%s", async (_what, words, tamper) => {
    server.tamper = tamper;
    const ended = await run("--self_upgrade");
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([1, "", expect.stringContaining(words)]);
    expect([files(), await version()]).toEqual([["wnm"], `wnm version ${OLD}\n`]);
  });

  test.each(["file:///etc/passwd", "ftp://127.0.0.1/wnm.gz"])("an answer that leads to %s", async (to) => {
    server.tamper = only(ARTEFACT, () => Response.redirect(to));
    const ended = await run("--self_upgrade");
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("nothing was changed")]);
    expect(ended.stderr).not.toContain("For more information");
    expect([files(), await version()]).toEqual([["wnm"], `wnm version ${OLD}\n`]);
  });

  test("a disk that is not writable", async () => {
    const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
    const readOnly = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && "$1/wnm" --self_upgrade';
    const namespace = [
      "/usr/bin/unshare",
      "--mount",
      "--propagation=private",
      "/bin/sh",
      "-c",
      readOnly,
      "sh",
    ];
    const ended = await endOf([
      ...sudo,
      "/usr/bin/env",
      "-i",
      `HOME=${folder}`,
      `WNM_MIRROR=${server.url}`,
      "PATH=/usr/bin:/bin",
      ...namespace,
      join(folder, "bin"),
    ]);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("EROFS")]);
    expect(ended.stderr).not.toContain("sudo");
    expect(files()).toEqual(["wnm"]);
  });

  test("an older release, correctly signed", async () => {
    await run("--self_upgrade");
    server.latest = OLD;
    const ended = await run("--self_upgrade");
    expect([ended.code, ended.stdout]).toEqual([
      0,
      expect.stringContaining(`newer than the latest release, ${OLD}`),
    ]);
    expect(await version()).toBe(`wnm version ${NEWER}\n`);
  });

  test("a release that does not start, or reports another version", async () => {
    for (const script of [
      "#!/bin/sh\nexit 1\n",
      "#!/bin/sh\necho wnm version 7.0.0\n",
      "no program at all",
    ]) {
      standInRelease(script);
      const ended = await run("--self_upgrade");
      expect([script, ended.code, ended.stderr]).toEqual([
        script,
        1,
        expect.stringContaining("nothing was changed"),
      ]);
      expect([files(), await version()]).toEqual([["wnm"], `wnm version ${OLD}\n`]);
      rmSync(join(folder, "release"), { recursive: true });
    }
  });

  test("an unreachable server", async () => {
    const { url } = server;
    const child = Bun.spawn([program, "--self_upgrade"], {
      env: { HOME: folder, WNM_MIRROR: url.replace(/\d+\/releases$/, "9/releases") },
      stderr: "pipe",
    });
    expect([await child.exited, await child.stderr.text()]).toEqual([
      1,
      expect.stringContaining("cannot be downloaded"),
    ]);
  });
});

test("a release that starts only elsewhere is undone", async () => {
  standInRelease(`#!/bin/sh\ncase $0 in */bin/wnm) exit 1 ;; esac\necho wnm version 99.1.0\n`);
  const ended = await run("--self_upgrade");
  expect([ended.code, ended.stderr]).toEqual([
    1,
    expect.stringContaining(`the wnm before is back at ${program}`),
  ]);
  expect(await version()).toBe(`wnm version ${OLD}\n`);
  expect(readFileSync(program).equals(readFileSync(origin))).toBe(true);
});

test("leftovers of a killed upgrade are removed by the next one", async () => {
  mkdirSync(join(folder, "bin", ".wnm-upgrade-abc123"));
  const left = join(folder, "bin", ".wnm-upgrade-abc123", "wnm.gz");
  await Bun.write(left, "half");
  await run("--self_upgrade", "--dry_run");
  expect(existsSync(left)).toBe(true);
  expect((await run("--self_upgrade")).code).toBe(0);
  expect(files()).toEqual(["wnm", "wnm.previous"]);
  // Killed at its very end: there is nothing newer, and its working folder is still there.
  await Bun.write(left, "half");
  expect((await run("--self_upgrade")).stdout).toContain("is the latest release");
  expect(files()).toEqual(["wnm", "wnm.previous"]);
});

test("a build from a checkout says that it cannot be upgraded", async () => {
  await Bun.spawn([process.execPath, join(ROOT, "scripts/build.ts"), "--outfile", program]).exited;
  const forged = { WNM_PUBLIC_KEY_AT_BUILD: "RWTA", WNM_TARGET_AT_BUILD: NATIVE };
  const child = Bun.spawn([program, "--self_upgrade"], { env: { HOME: folder, ...forged }, stderr: "pipe" });
  expect([await child.exited, await child.stderr.text()]).toEqual([
    1,
    expect.stringContaining("built from a checkout"),
  ]);
});

test("--self_upgrade goes together with --dry_run, but with nothing else that acts", async () => {
  for (const other of [["--init"], ["--report", "node-status"], ["--force_action", "add"]]) {
    const ended = await run("--self_upgrade", ...other);
    expect([ended.code, ended.stderr]).toEqual([
      2,
      expect.stringMatching(/^\S+Z ERROR (?=.*--self_upgrade ).*cannot be combined with /),
    ]);
  }
  expect(existsSync(`${program}.previous`)).toBe(false);
});
