import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildAntNode } from "../fixtures/build-antnode.ts";
import { endOf } from "../release/ended.ts";
import { type ReleaseServer, serveReleases } from "../release/server.ts";
import { type Point, traced } from "../torture/kill-points.ts";
import { entriesOf, makeRelease, PEERS, shellProgram, tarGz, wnmWithTestKey } from "./releases.ts";

setDefaultTimeout(600_000);

/** The release information as the project's forge provides it, whose text antnode's upgrader reads. */
let information: { body: string; published_at: string };
let forge: Bun.Server<undefined>;
let wnm: string;
let scratch: string;
let server: ReleaseServer;
const releases: Record<string, string> = {};

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "wnm-get-node-breakage-"));
  forge = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json(information) });
  wnm = await wnmWithTestKey(`http://127.0.0.1:${forge.port}/latest`);
  server = serveReleases(releases, "0.24.0");
  releases["0.24.0"] = makeRelease(scratch, entriesOf(shellProgram("0.24.0", join(scratch, "ran"))));
}, 480_000);

afterAll(async () => {
  server?.[Symbol.dispose]();
  await forge?.stop(true);
  for (const folder of [dirname(wnm), scratch]) rmSync(folder, { recursive: true, force: true });
});

/** A home with an existing program. */
function aHome(): { home: string; program: string; args: readonly string[]; before: string } {
  const home = mkdtempSync(join(scratch, "home-"));
  mkdirSync(join(home, "bin"));
  const program = join(home, "bin", "ant-node");
  const before = shellProgram("0.23.1", join(home, "old-ran"));
  writeFileSync(program, before, { mode: 0o755 });
  writeFileSync(join(home, "bin", "bootstrap_peers.toml"), "peers = []\n");
  const args = ["--get_node", `--node_mirror=${server.url}`, `--antnode_path=${program}`];
  return { home, program, args, before };
}

const fresh = (): string => shellProgram("0.24.0", join(scratch, "ran"));

/** One call that is killed at the point, and what must hold after it and after the next call. */
async function killedAt(point: Point): Promise<void> {
  const { home, program, args, before } = aHome();
  const peers = join(home, "bin", "bootstrap_peers.toml");
  await traced({ command: [wnm], env: { HOME: home }, scratch: home }, args, point);
  const found = readFileSync(program, "utf8");
  expect([before, fresh()]).toContain(found);
  expect(["peers = []\n", PEERS]).toContain(readFileSync(peers, "utf8"));
  // The new program never runs with the old peers.
  if (found === fresh()) expect(readFileSync(peers, "utf8")).toBe(PEERS);
  const next = await endOf([wnm, ...args], { HOME: home });
  expect([next.code, next.stderr]).toEqual([0, ""]);
  expect(readFileSync(program, "utf8")).toBe(fresh());
  expect(readFileSync(peers, "utf8")).toBe(PEERS);
  expect(readFileSync(`${program}.previous`, "utf8")).toBe(before);
  expect(readdirSync(join(home, "bin", ".wnm-get-node")).filter((name) => name !== "lock")).toEqual([]);
  rmSync(home, { recursive: true });
}

test("a call killed at any change leaves a complete program, and the next call does the rest", async () => {
  const { home, args } = aHome();
  const points = await traced({ command: [wnm], env: { HOME: home }, scratch: home }, args);
  expect(points.filter(({ call }) => call.startsWith("rename")).length).toBeGreaterThan(3);
  for (const point of points) {
    try {
      await killedAt(point);
    } catch (error) {
      throw new Error(`killed at ${point.call} number ${point.nth}: ${error}`);
    }
  }
});

test("a disk without room is reported before anything is written to it", async () => {
  const { home, program, args, before } = aHome();
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const small =
    'cp "$1/bin/ant-node" "$1/kept" && mount -t tmpfs -o size=3m tmpfs "$1/bin" && cp "$1/kept" "$1/bin/ant-node" && shift && "$@"; code=$?; find "$HOME/bin" -type f; exit $code';
  const namespace = ["/usr/bin/unshare", "--mount", "--propagation=private", "/bin/sh", "-c", small, "sh"];
  const clean = ["/usr/bin/env", "-i", `HOME=${home}`, "PATH=/usr/bin:/bin"];
  const ended = await endOf([...sudo, ...clean, ...namespace, home, wnm, ...args]);
  expect([ended.code, ended.stderr]).toEqual([
    1,
    expect.stringMatching(/has \d+ bytes free, and \d+ are needed/),
  ]);
  expect(ended.stdout.split("\n").filter((name) => !name.endsWith("/lock"))).toEqual([program, ""]);
  expect(readFileSync(program, "utf8")).toBe(before);
});

/** Two simultaneous calls would write the same files. */
test("a second call at the same time does not disturb the first", async () => {
  const { home, program, args } = aHome();
  let arrived = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  using slow = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith(".tar.gz")) {
        arrived();
        await answered;
      }
      return fetch(`${server.url.replace("/releases", "")}${pathname}`, { redirect: "manual" });
    },
  });
  const mirror = `--node_mirror=http://127.0.0.1:${slow.port}/releases`;
  const first = endOf([wnm, ...args.with(1, mirror)], { HOME: home });
  await asked;
  const second = await endOf([wnm, ...args], { HOME: home });
  expect([second.code, second.stdout]).toEqual([
    0,
    expect.stringContaining("Another wnm is already fetching the node program"),
  ]);
  answer();
  expect((await first).stdout).toContain(`0.24.0 is at ${program}`);
});

test("legacy antnode must have the sha256 that its project publishes, and only the latest version is available", async () => {
  const triple = `${process.arch === "arm64" ? "aarch64" : "x86_64"}-${process.platform === "darwin" ? "apple-darwin" : "unknown-linux-musl"}`;
  const home = mkdtempSync(join(scratch, "home-"));
  const mark = join(home, "ran");
  const content = shellProgram("0.4.17", mark, "antnode");
  const sha256 = createHash("sha256").update(content).digest("hex");
  const told = (hash: string): void => {
    information = {
      published_at: "2026-02-23T10:00:00Z",
      body: `## Binary Versions\r\n* \`antctl\`: v0.14.2\r\n* \`antnode\`: v0.4.17\r\n### sparc\n| Binary | SHA256 Hash |\n|--------|\n| antnode | \`${"0".repeat(64)}\` |\n### ${triple}\n| Binary | SHA256 Hash |\n|--------|-------------|\n| ant | \`${"1".repeat(64)}\` |\n| antnode | \`${hash}\` |\n`,
    };
  };
  const archive = tarGz([{ name: "antnode", content }]);
  const asked: string[] = [];
  using mirror = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => {
      asked.push(new URL(url).pathname);
      return new Response(archive as Uint8Array<ArrayBuffer>);
    },
  });
  const program = join(home, "antnode");
  const get = (...args: readonly string[]) =>
    endOf(
      [
        ...[wnm, "--get_node", ...args, `--node_mirror=http://127.0.0.1:${mirror.port}`],
        ...[`--antnode_path=${program}`, "--node_software=antnode"],
      ],
      { HOME: home },
    );
  told("f".repeat(64));
  const wrong = await get();
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("is not what was released")]);
  expect([existsSync(program), existsSync(mark)]).toEqual([false, false]);
  told(sha256);
  const other = await get("0.4.16");
  expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("has the sha256 of 0.4.17 alone")]);
  expect((await get()).stdout).toBe(`antnode 0.4.17 is at ${program}\n`);
  expect(asked.at(-1)).toBe(`/antnode-0.4.17-${triple}.tar.gz`);
  information = { ...information, body: "Many repairs." };
  expect((await get()).stderr).toContain("carry no signature");
});

test("a program as large as the real one is fetched, verified and installed; WNM_ANT_NODE names the real ant-node 0.23.1 instead", async () => {
  const home = mkdtempSync(join(scratch, "home-"));
  const packed =
    process.env.WNM_ANT_NODE ??
    (await buildAntNode(join(mkdtempSync(join(scratch, "packed-")), "ant-node"), "0.23.1"));
  const program = join(home, "bin", "ant-node");
  releases["0.23.1"] = makeRelease(scratch, entriesOf(readFileSync(packed)));
  const args = ["--get_node=0.23.1", `--node_mirror=${server.url}`, `--antnode_path=${program}`];
  const ended = await endOf([wnm, ...args], { HOME: home });
  expect(ended).toEqual({ code: 0, stdout: `ant-node 0.23.1 is at ${program}\n`, stderr: "" });
  expect(readFileSync(program).equals(readFileSync(packed))).toBe(true);
  expect((await endOf([program, "--version"])).stdout).toBe("ant-node 0.23.1\n");
});
