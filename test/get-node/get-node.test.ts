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
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { endOf } from "../release/ended.ts";
import { flipped, type ReleaseServer, serveReleases, type Tamper } from "../release/server.ts";
import { until } from "../support/until.ts";
import type { Ended } from "../support/wnm.ts";
import {
  ASSET,
  CONTEXT,
  entriesOf,
  KEY,
  makeRelease,
  OTHER_KEY,
  PEERS,
  shellProgram,
  sign,
  type TarEntry,
  wnmWithTestKey,
} from "./releases.ts";

setDefaultTimeout(300_000);

let wnm: string;
let home: string;
let program: string;
let peers: string;
/** Every program of a release writes to this file when it is run. */
let mark: string;
let server: ReleaseServer;
const releases: Record<string, string> = {};

beforeAll(async () => {
  wnm = await wnmWithTestKey();
  server = serveReleases(releases, "0.24.0");
}, 480_000);

afterAll(() => {
  server?.[Symbol.dispose]();
  rmSync(dirname(wnm), { recursive: true, force: true });
});

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "wnm-get-node-"));
  mkdirSync(join(home, "bin"));
  program = join(home, "bin", "ant-node");
  peers = join(home, "bin", "bootstrap_peers.toml");
  mark = join(home, "ran");
  release("0.24.0");
});

afterEach(() => {
  server.tamper = undefined;
  server.latest = "0.24.0";
  server.asked.length = 0;
  rmSync(home, { recursive: true, force: true });
});

/** Creates a release on the server. */
const release = (version: string, entries?: readonly TarEntry[]): void => {
  releases[version] = makeRelease(join(home, "releases"), entries ?? entriesOf(shellProgram(version, mark)));
};

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  endOf([wnm, ...args], { HOME: home, ...env });

const get = (...args: readonly string[]): Promise<Ended> =>
  run(["--get_node", `--node_mirror=${server.url}`, `--antnode_path=${program}`, ...args]);

/** An existing program. */
function hadBefore(version = "0.23.1"): string {
  const text = shellProgram(version, join(home, "old-ran"));
  writeFileSync(program, text, { mode: 0o755 });
  writeFileSync(peers, "peers = []\n");
  return text;
}

const only =
  (name: string, change: (body: Uint8Array) => Uint8Array | Response): Tamper =>
  (path, body) =>
    path.endsWith(`/${name}`) ? change(body) : undefined;

const visible = (): readonly string[] =>
  readdirSync(join(home, "bin"))
    .filter((name) => !name.startsWith("."))
    .sort();

test("the latest release is installed at antnode_path with its first peers", async () => {
  const ended = await get();
  expect(ended).toEqual({ code: 0, stdout: `ant-node 0.24.0 is at ${program}\n`, stderr: "" });
  expect(readFileSync(program, "utf8")).toBe(shellProgram("0.24.0", mark));
  expect(statSync(program).mode & 0o777).toBe(0o755);
  expect(readFileSync(peers, "utf8")).toBe(PEERS);
  expect(visible()).toEqual(["ant-node", "bootstrap_peers.toml"]);
  expect((await get()).stdout).toBe(`ant-node 0.24.0 is already at ${program}\n`);
});

test("the previous program and peers are kept", async () => {
  const before = hadBefore();
  const ended = await get();
  expect(ended.stdout).toBe(`ant-node 0.24.0 is at ${program}\nThe one before: ${program}.previous\n`);
  expect(readFileSync(`${program}.previous`, "utf8")).toBe(before);
  expect(readFileSync(`${peers}.previous`, "utf8")).toBe("peers = []\n");
  expect(readFileSync(peers, "utf8")).toBe(PEERS);
});

test("a named version is fetched, even an older one", async () => {
  hadBefore();
  release("0.22.0");
  const ended = await run([
    "--get_node",
    "v0.22.0",
    `--node_mirror=${server.url}`,
    `--antnode_path=${program}`,
  ]);
  expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining("ant-node 0.22.0 is at")]);
});

test("--dry_run changes nothing and downloads no archive", async () => {
  const ended = await get("--dry_run");
  expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining("0.24.0 would be installed at")]);
  expect(server.asked.some((path) => path.endsWith(ASSET))).toBe(false);
  expect(readdirSync(join(home, "bin"))).toEqual([]);
});

describe("nothing is changed, and nothing from it is run, by", () => {
  const archive = (): Uint8Array => readFileSync(join(releases["0.24.0"] ?? "", ASSET));
  const signed = (bytes: () => Uint8Array): Tamper => only(`${ASSET}.sig`, bytes);

  test.each<[string, string, () => Tamper]>([
    ["a changed byte", "its signature is wrong", () => only(ASSET, flipped)],
    ["half of it", "its signature is wrong", () => only(ASSET, (body) => body.slice(0, body.length >> 1))],
    ["a missing archive", "answered 404", () => only(ASSET, () => new Response("", { status: 404 }))],
    [
      "a missing signature",
      "answered 404",
      () => only(`${ASSET}.sig`, () => new Response("", { status: 404 })),
    ],
    ["another key", "its signature is wrong", () => signed(() => sign(archive(), OTHER_KEY.secretKey))],
    [
      "another context",
      "its signature is wrong",
      () => signed(() => sign(archive(), KEY.secretKey, "ant-node-release-v2")),
    ],
    ["no context", "its signature is wrong", () => signed(() => sign(archive(), KEY.secretKey, ""))],
    [
      "the signature of another file",
      "its signature is wrong",
      () => signed(() => sign(new TextEncoder().encode("another file"), KEY.secretKey, CONTEXT)),
    ],
    ["a signature that is too short", "its signature is wrong", () => signed(() => sign(archive()).slice(1))],
    [
      "a signature that is too long",
      "is larger than 3309 bytes",
      () => signed(() => Buffer.concat([sign(archive()), Buffer.alloc(1)])),
    ],
    [
      "an archive that says that it is endless",
      "is larger than 134217728 bytes",
      () => only(ASSET, () => new Response(endless(), { headers: { "content-length": "999999999999" } })),
    ],
    [
      "an endless archive",
      "is larger than 134217728 bytes",
      () => only(ASSET, () => new Response(endless())),
    ],
    [
      "an endless signature",
      "is larger than 3309 bytes",
      () => only(`${ASSET}.sig`, () => new Response(endless())),
    ],
    [
      "a way out of the web",
      "redirected to file:",
      () => only(ASSET, () => Response.redirect("file:///etc/passwd")),
    ],
    [
      "a circle of redirects",
      "too many redirects",
      () => only(ASSET, () => Response.redirect(`${server.url}/download/v0.24.0/${ASSET}`)),
    ],
  ])("%s", async (_what, words, tamper) => {
    const before = hadBefore();
    server.tamper = tamper();
    const ended = await get();
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([1, "", expect.stringContaining(words)]);
    expect(ended.stderr).toContain("nothing was changed");
    expect(readFileSync(program, "utf8")).toBe(before);
    expect(visible()).toEqual(["ant-node", "bootstrap_peers.toml"]);
    expect(existsSync(mark)).toBe(false);
  });

  test("a server that hangs", async () => {
    await using hanging = await listening((_request, answer) => void answer.write("x"));
    server.tamper = only(ASSET, () => Response.redirect(hanging.url));
    const ended = await get();
    expect([ended.code, ended.stderr]).toEqual([
      1,
      expect.stringContaining("the server was silent for 30 s"),
    ]);
    expect(existsSync(mark)).toBe(false);
    expect(visible()).toEqual([]);
  });

  test.each<[string, string, readonly TarEntry[]]>([
    ["a link", "is a link or a device", [{ name: "ant-node", type: "2", link: "/bin/sh" }]],
    ["a hard link", "is a link or a device", [{ name: "ant-node", type: "1", link: "/bin/sh" }]],
    ["a pipe", "is a link or a device", [{ name: "ant-node", type: "6" }]],
    ["a way out", "leads out of it", [{ name: "../ant-node", content: "#!/bin/sh\n" }]],
    ["a way to elsewhere", "leads out of it", [{ name: "/tmp/ant-node", content: "#!/bin/sh\n" }]],
    ["a program twice", "appears twice", [{ name: "ant-node" }, { name: "./ant-node" }]],
    ["no program", "contains no ant-node", [{ name: "bootstrap_peers.toml", content: PEERS }]],
    ["a program in a folder", "contains no ant-node", [{ name: "x/ant-node", content: "#!/bin/sh\n" }]],
    ["a size that is too large", "ends in the middle", [{ name: "ant-node", size: "77777777777\0" }]],
    ["a size that is no number", "is damaged", [{ name: "ant-node", size: "-1\0" }]],
  ])("an archive with %s, correctly signed", async (_what, words, entries) => {
    release("0.24.0", entries);
    const ended = await get();
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining(words)]);
    expect(visible()).toEqual([]);
  });

  test("an older release, correctly signed", async () => {
    const before = hadBefore();
    release("0.22.0");
    server.latest = "0.22.0";
    const ended = await get();
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining("is older than 0.23.1")]);
    expect([readFileSync(program, "utf8"), existsSync(mark)]).toEqual([before, false]);
  });

  test("an older release in place of a newer one, correctly signed", async () => {
    const before = hadBefore();
    release("0.24.0", entriesOf(shellProgram("0.22.0", mark)));
    const ended = await get();
    expect([ended.code, ended.stderr]).toEqual([
      1,
      expect.stringContaining("says that it is ant-node 0.24.0, and its program is ant-node 0.22.0"),
    ]);
    expect(readFileSync(program, "utf8")).toBe(before);
  });

  test("a release that does not start", async () => {
    const before = hadBefore();
    for (const content of ["#!/bin/sh\nexit 1\n", "no program", "#!/bin/sh\necho antnode 3\n"]) {
      release("0.24.0", entriesOf(content));
      const ended = await get();
      expect([content, ended.code, ended.stderr]).toEqual([
        content,
        1,
        expect.stringContaining("nothing was changed"),
      ]);
      expect(readFileSync(program, "utf8")).toBe(before);
    }
  });

  test("a folder that others can write to", async () => {
    chmodSync(join(home, "bin"), 0o777);
    const ended = await get();
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("every account can change")]);
    expect([visible(), existsSync(mark)]).toEqual([[], false]);
  });
});

/** A server on loopback that answers as `answer` does. */
async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<AsyncDisposable & { readonly url: string }> {
  const http = createServer(answer);
  await new Promise<void>((ready) => http.listen(0, "127.0.0.1", ready));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections();
      await new Promise((closed) => http.close(closed));
    },
  };
}

const endless = () => new ReadableStream({ pull: (it) => it.enqueue(new Uint8Array(1 << 20)) });

test("a file with its signature beside it is verified like a download", async () => {
  const file = join(releases["0.24.0"] ?? "", ASSET);
  const fromFile = () => run(["--get_node", `--node_archive=${file}`, `--antnode_path=${program}`]);
  expect((await fromFile()).stdout).toBe(`ant-node 0.24.0 is at ${program}\n`);
  rmSync(program);
  writeFileSync(`${file}.sig`, sign(readFileSync(file), OTHER_KEY.secretKey));
  rmSync(mark);
  expect((await fromFile()).stderr).toContain("its signature is wrong");
  rmSync(`${file}.sig`);
  expect((await fromFile()).stderr).toContain(`${file}.sig cannot be read`);
  expect([existsSync(program), existsSync(mark)]).toEqual([false, false]);
});

test("a mirror without redirects is enough, because the program reports its version", async () => {
  const folder = releases["0.24.0"] ?? "";
  using mirror = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => new Response(Bun.file(join(folder, new URL(url).pathname.split("/").at(-1) ?? ""))),
  });
  const args = ["--get_node", `--node_mirror=http://127.0.0.1:${mirror.port}/`, `--antnode_path=${program}`];
  expect((await run(args)).stdout).toBe(`ant-node 0.24.0 is at ${program}\n`);
  hadBefore("0.25.0");
  expect((await run(args)).stdout).toContain("0.24.0 is older than 0.25.0");
});

test("the proxy in the environment is used", async () => {
  const asked: string[] = [];
  using proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      asked.push(request.url);
      const { pathname } = new URL(request.url);
      return fetch(`${server.url.replace("/releases", "")}${pathname}`, { redirect: "manual" });
    },
  });
  const args = ["--get_node", "--node_mirror=http://node.invalid/releases", `--antnode_path=${program}`];
  const ended = await run(args, { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` });
  expect([ended.stderr, ended.stdout]).toEqual(["", `ant-node 0.24.0 is at ${program}\n`]);
  expect(asked.length).toBeGreaterThan(1);
});

describe("a release is", () => {
  test("taken from the configured channel", async () => {
    release("0.25.0-beta.2");
    release("0.25.0-beta.10");
    using feed = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        const { pathname } = new URL(request.url);
        const tags = ["0.24.0", "0.25.0-beta.2", "0.25.0-beta.10", "0.26.0-rc.1"];
        return pathname === "/releases.atom"
          ? new Response(tags.map((tag) => `<link href="https://x/releases/tag/v${tag}"/>`).join("\n"))
          : fetch(`${server.url.replace("/releases", "")}${pathname}`, { redirect: "manual" });
      },
    });
    const mirror = `--node_mirror=http://127.0.0.1:${feed.port}/releases`;
    const beta = await run(["--get_node", mirror, "--node_channel=beta", `--antnode_path=${program}`]);
    expect(beta.stdout).toContain("ant-node 0.25.0-beta.10 is at");
    server.latest = "0.25.0-beta.2";
    const stable = await get();
    expect(stable.stdout).toContain("is not a stable release");
  });

  test("not taken before it is as old as node_version_hold requires", async () => {
    const hours = (age: number): Tamper =>
      only(`${ASSET}.sig`, (body) => {
        const headers = { "last-modified": new Date(Date.now() - age * 3_600_000).toUTCString() };
        return new Response(body as Uint8Array<ArrayBuffer>, { headers });
      });
    server.tamper = hours(47);
    expect((await get("--node_version_hold=48")).stdout).toContain(
      "is 47 h old, and node_version_hold is 48 h",
    );
    expect([existsSync(program), existsSync(mark)]).toEqual([false, false]);
    server.tamper = undefined;
    expect((await get("--node_version_hold=48")).stdout).toContain("is 0 h old");
    server.tamper = hours(49);
    expect((await get("--node_version_hold=48")).stdout).toContain("0.24.0 is at");
  });

  test("taken only if it is the one in node_version_pin", async () => {
    release("0.23.1");
    expect((await get("--node_version_pin=0.23.1")).stdout).toContain("0.23.1 is at");
    const other = ["--get_node=0.24.0", `--node_mirror=${server.url}`, `--antnode_path=${program}`];
    expect((await run([...other, "--node_version_pin=0.23.1"])).stdout).toContain(
      "0.24.0 is not taken: node_version_pin is 0.23.1",
    );
  });

  test("not taken from the other generation unless requested", async () => {
    const antnode = join(home, "bin", "antnode");
    writeFileSync(antnode, shellProgram("0.4.17", mark, "antnode"), { mode: 0o755 });
    const args = ["--get_node", `--node_mirror=${server.url}`, `--antnode_path=${antnode}`];
    const ended = await run(args);
    expect([ended.code, ended.stderr]).toEqual([5, expect.stringContaining("--node_software ant-node")]);
    const asked = await run([...args, "--node_software=ant-node"]);
    expect(asked.stdout).toBe(`ant-node 0.24.0 is at ${program}\n`);
    expect(readFileSync(antnode, "utf8")).toContain("0.4.17");
  });
});

test("an interrupted download resumes, and a changed file is fetched again", async () => {
  release("0.24.0", [
    { name: "filling", content: crypto.getRandomValues(new Uint8Array(60_000)) },
    ...entriesOf(shellProgram("0.24.0", mark)),
  ]);
  const whole = readFileSync(join(releases["0.24.0"] ?? "", ASSET));
  const ranges: (string | undefined)[] = [];
  const received = (): number =>
    [...new Bun.Glob("**/*.part").scanSync({ cwd: home, dot: true, absolute: true })].reduce(
      (sum, path) => sum + Bun.file(path).size,
      0,
    );
  let breaks = true;
  let tag = '"one"';
  await using breaking = await listening((request, answer) => {
    if (request.url?.endsWith(".sig")) return void answer.end(sign(whole));
    const { range, "if-range": condition } = request.headers;
    ranges.push(range);
    const from = condition === tag ? Number(/\d+/.exec(range ?? "")?.[0] ?? 0) : 0;
    answer.writeHead(from > 0 ? 206 : 200, {
      etag: tag,
      "content-length": whole.length - from,
      ...(from > 0 && { "content-range": `bytes ${from}-${whole.length - 1}/${whole.length}` }),
    });
    if (!breaks) return void answer.end(whole.subarray(from));
    const part = whole.subarray(from, from + 10_000);
    answer.write(part);
    // What has not reached the disk when the connection ends may be lost.
    void until(() => received() >= from + part.length, "the part to be on the disk").finally(() =>
      answer.destroy(),
    );
  });
  const mirror = `--node_mirror=${breaking.url}`;
  const args = ["--get_node", mirror, `--antnode_path=${program}`];
  const first = await run(args);
  expect([first.code, existsSync(mark)]).toEqual([1, false]);
  breaks = false;
  ranges.length = 0;
  expect((await run(args)).stdout).toBe(`ant-node 0.24.0 is at ${program}\n`);
  expect(ranges).toEqual([expect.stringMatching(/^bytes=[1-9]\d*-$/)]);

  rmSync(program);
  breaks = true;
  await run(args);
  tag = '"two"';
  breaks = false;
  expect((await run(args)).stdout).toBe(`ant-node 0.24.0 is at ${program}\n`);
});

test("a link at antnode_path is replaced, and its target stays", async () => {
  const real = join(home, "real-ant-node");
  writeFileSync(real, shellProgram("0.23.1", join(home, "old-ran")), { mode: 0o755 });
  symlinkSync(real, program);
  expect((await get()).stdout).toContain("0.24.0 is at");
  expect(readFileSync(real, "utf8")).toContain("0.23.1");
  expect(readFileSync(`${program}.previous`, "utf8")).toContain("0.23.1");
});
