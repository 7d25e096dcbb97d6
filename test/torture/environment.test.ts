import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aColony, aHome, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements } from "./agreement.ts";

setDefaultTimeout(300_000);

/** Runs wnm through a shell line, as a careless or hostile caller would. */
async function shell(wnm: Wnm, line: string, env: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn(["sh", "-c", line, "sh", wnm.binary], {
    env: { HOME: wnm.home, PATH: "/usr/bin:/bin", ...env },
    cwd: wnm.home,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}

const HOSTILE: Readonly<Record<string, string>> = {
  BUN_OPTIONS: "--preload ./evil.ts",
  BUN_INSPECT_PRELOAD: "./evil.ts",
  NODE_OPTIONS: "--require ./evil.ts",
  http_proxy: "http://127.0.0.1:1",
  HTTP_PROXY: "http://127.0.0.1:1",
  ALL_PROXY: "http://127.0.0.1:1",
  IFS: "/",
  PATH: ".:/usr/bin:/bin",
  RUST_LOG: "trace",
  ANT_PEERS: "/ip4/127.0.0.1",
  LC_ALL: "../../xx_YY.FOO",
  TZ: "../../../../etc/passwd",
};

test.each(Object.entries(HOSTILE))("%s=%s changes nothing", async (name, value) => {
  await using wnm = await aColony("--node_cap=1");
  writeFileSync(
    join(wnm.home, "evil.ts"),
    `await Bun.write(${JSON.stringify(join(wnm.home, "owned"))}, "x");\n`,
  );
  writeFileSync(join(wnm.home, "sudo"), "#!/bin/sh\ntouch owned\n", { mode: 0o755 });
  ageSample(wnm);
  const { code, stderr } = await shell(wnm, '"$1"', { [name]: value });
  // Bun itself refuses to load the planted code: in that case nothing at all has happened.
  if (name === "BUN_OPTIONS" || name === "BUN_INSPECT_PRELOAD") expect([0, 1]).toContain(code);
  else expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(existsSync(join(wnm.home, "owned"))).toBe(false);
  ageSample(wnm);
  await wnm.ok([]);
  expect(disagreements(wnm)).toEqual([]);
});

test("files planted in the working directory are not read", async () => {
  await using wnm = await aColony("--node_cap=1");
  writeFileSync(join(wnm.home, "evil.ts"), `await Bun.write("owned", "x");\n`);
  writeFileSync(join(wnm.home, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
  writeFileSync(join(wnm.home, ".env"), "NODE_CAP=7\nWNM_NODE_CAP=7\n");
  ageSample(wnm);
  expect((await shell(wnm, '"$1"')).code).toBe(0);
  expect(existsSync(join(wnm.home, "owned"))).toBe(false);
  expect(wnm.machine().node_cap).toBe(1);
});

test.each([
  ["closed standard streams", '"$1" <&- >&- 2>&-'],
  ["an unreadable working directory", 'mkdir -m 0 dark && cd dark && "$1"'],
  ["umask 000", 'umask 000; "$1"'],
  ["umask 077", 'umask 077; "$1"'],
  ["16 open files at most", 'ulimit -n 16; "$1"'],
  ["a log on a full disk", '"$1" >/dev/full 2>&1'],
  ["a deleted working directory", 'mkdir gone && cd gone && rmdir ../gone && "$1"'],
  [
    "programs of the caller's folder",
    'for p in sh kill setsid env ps; do ln -s "$0" "./$p"; done; PATH=. "$1"',
  ],
])("a run does its work with: %s", async (_, line) => {
  await using wnm = await aColony("--node_cap=1");
  ageSample(wnm);
  const { code, stderr } = await shell(wnm, line);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(disagreements(wnm)).toEqual([]);
  expect(wnm.nodes()).toHaveLength(1);
  ageSample(wnm);
  await wnm.ok([]);
});

test("with at most 16 open files a run does its work, or says what it lacked and leaves nothing half done", async () => {
  await using wnm = await aColony("--node_cap=1");
  ageSample(wnm);
  const { code, stderr } = await shell(wnm, 'ulimit -n 16; "$1"');
  if (code !== 0)
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("too many open files"),
    });
  expect(stderr).not.toContain("    at ");
  expect(disagreements(wnm)).toEqual([]);
  ageSample(wnm);
  await wnm.ok([]);
  expect(wnm.nodes()).toHaveLength(1);
});

test("the database is private even with umask 000 at init", async () => {
  await using wnm = await aHome();
  await shell(wnm, 'umask 000; "$1" --init --rewards_address donate --process_manager setsid+user');
  const { stdout } = await shell(wnm, `stat -c %a "${wnm.database}"`);
  expect(stdout.trim()).toBe("600");
});

test.each(["--report machine-config", "--version", "--help"])(
  "%s to a full disk fails with a sentence",
  async (words) => {
    await using wnm = await aColony();
    const { code, stderr } = await shell(wnm, `"$1" ${words} > /dev/full`);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^\S+Z ERROR The output cannot be written: .*\n$/),
    });
  },
);

test.each([
  [{ BUN_OPTIONS: "--no-orphans" }, 5, "would end the nodes that wnm starts"],
  [{ BUN_FEATURE_FLAG_NO_ORPHANS: "1" }, 5, "would end the nodes that wnm starts"],
  [{ BUN_JSC_useJIT: "0" }, 1, "No lock can be taken here, so nothing was done"],
  [{ HOME: "" }, 1, "set HOME to an absolute path"],
  [{ HOME: "." }, 1, "set HOME to an absolute path"],
  [{ HOME: "/etc/passwd" }, 4, "No database found"],
])("%j prevents any action, and the message says why", async (env, code, sentence) => {
  await using wnm = await aColony("--node_cap=1");
  const ended = await shell(wnm, '"$1" --force_action add', env as Readonly<Record<string, string>>);
  expect(ended.code, ended.stderr).toBe(code);
  expect(ended.stderr).toContain(sentence);
  expect(ended.stderr).not.toMatch(/ {4}at /);
  expect(wnm.nodes()).toEqual([]);
});

test("a link planted as the lock file, as a node's folder, or as its log is not followed", async () => {
  await using wnm = await aColony("--node_cap=2");
  const precious = join(wnm.home, "precious");
  mkdirSync(precious);
  writeFileSync(join(precious, "file"), "content");
  writeFileSync(join(precious, "secret-key"), "x".repeat(32));
  symlinkSync(join(precious, "file"), join(wnm.base, "wnm_active"));
  expect((await wnm.run([])).code).toBe(1);
  expect(readFileSync(join(precious, "file"), "utf8")).toBe("content");
  await Bun.file(join(wnm.base, "wnm_active")).unlink();
  symlinkSync(precious, join(wnm.base, "node/antnode0001"));
  ageSample(wnm);
  expect((await wnm.run([])).stderr).toContain("add antnode0002");
  // A row that names the link as its folder: removal refuses to go through it.
  wnm.sql("UPDATE node SET root_dir = ? WHERE id = 2", join(wnm.base, "node/antnode0001"));
  const { code, stderr } = await wnm.run(["--force_action", "remove"]);
  expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining("is a link") });
  expect(readFileSync(join(precious, "file"), "utf8")).toBe("content");
});

test("without /proc nothing is concluded, and nothing is done to nodes", async () => {
  await using wnm = await aColony("--node_cap=1");
  ageSample(wnm);
  await wnm.ok([]);
  const before = wnm.nodes();
  const { code } = await shell(wnm, `unshare -m sh -c 'mount -t tmpfs none /proc; "$0"' "$1"`);
  // Bun's runtime itself does not start without /proc (abort, 134): nothing has happened in that case either.
  expect([1, 3, 134]).toContain(code);
  expect(wnm.nodes().map((row) => [row.status, row.pid])).toEqual(before.map((row) => [row.status, row.pid]));
  ageSample(wnm);
  await wnm.ok([]);
  expect(disagreements(wnm)).toEqual([]);
});
