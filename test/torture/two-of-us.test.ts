import { expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { portBlocks, releasePorts } from "../support/ports.ts";
import { until } from "../support/until.ts";
import { aColony, aHome, type Ended, ROOMY, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements, livingNodes } from "./agreement.ts";

setDefaultTimeout(300_000);

/** Possible exit codes of calls by people during a run: done, a failed action, a missing node, another run at work. */
const FINE: readonly number[] = [0, 2, 3, 75];

test("cron and a person may make many calls of all kinds at the same moment, and everything agrees afterwards", async () => {
  await using wnm = await aColony("--node_cap=4", "--max_concurrent_starts=9");
  await wnm.ok(["--force_action", "add", "--count=3"]);
  const asked: readonly (readonly string[])[] = [
    [],
    ["--force_action", "add"],
    ["--force_action", "stop", "--service_name=1"],
    ["--force_action", "restart", "--service_name=2"],
    ["--force_action", "remove", "--service_name=3"],
    ["--force_action", "update_config", "--node_cap=5"],
    ["--report", "node-status", "--json"],
    ["--report", "machine-metrics"],
    ["--dry_run"],
    ["--remove_lockfile"],
  ];
  const ended: Ended[] = [];
  for (let round = 0; round < 3; round++) {
    ageSample(wnm);
    ended.push(...(await Promise.all([...asked, ...asked, ...asked].map((call) => wnm.run(call)))));
  }
  for (const { code, stderr } of ended) {
    expect(FINE, stderr).toContain(code);
    expect(stderr).not.toMatch(/ {4}at |This is a bug|SQLITE/);
    if (code === 75) expect(stderr).toContain("wnm still running: ");
  }
  expect(ended.some(({ code }) => code === 75)).toBe(true);
  ageSample(wnm);
  await wnm.ok(["--node_cap=9"]);
  expect(disagreements(wnm)).toEqual([]);
});

test("a report during a working run is complete", async () => {
  await using wnm = await aColony("--node_cap=3");
  const adding = wnm.start(["--force_action", "add", "--count=3"]);
  const reports = await Promise.all(
    Array.from({ length: 10 }, () => wnm.run(["--report", "node-status", "--json"])),
  );
  expect(await adding.exited).toBe(0);
  for (const { code, stdout } of reports) {
    expect(code).toBe(0);
    JSON.parse(stdout);
  }
});

test("a run whose output is not read drops its log and releases the lock; only its result waits", async () => {
  await using wnm = await aColony("--node_cap=1");
  const full =
    'mkfifo p && exec 3<>p && head -c 65536 /dev/zero >&3 && exec "$0" --force_action add --json >&3 2>&3';
  const stuck = Bun.spawn(["sh", "-c", full, wnm.binary], {
    env: { HOME: wnm.home, PATH: "/usr/bin:/bin" },
    cwd: wnm.home,
  });
  const lock = join(wnm.base, "wnm_active");
  const holder = () => (existsSync(lock) ? readFileSync(lock, "utf8") : "");
  await until(() => holder().startsWith(`pid ${stuck.pid},`), "the run to hold the lock");
  await until(async () => (await wnm.run(["--report", "node-status"])).code === 0, "a report meanwhile");
  await until(async () => (await wnm.run(["--dry_run"])).code === 0, "a dry run meanwhile");
  await until(async () => (await wnm.run([])).code === 0, "the lock to be free", 60_000);
  expect(stuck.exitCode).toBe(null);
  stuck.kill("SIGKILL");
  ageSample(wnm);
  await wnm.ok([]);
  expect(disagreements(wnm)).toEqual([]);
});

/** Runs wnm as another account, which need not have a name. */
async function runAs(uid: number, wnm: Wnm, home: string, args: readonly string[]): Promise<Ended> {
  const account = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  const child = Bun.spawn([...account, wnm.binary, ...args], {
    env: { HOME: home },
    cwd: "/",
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, stdout, stderr };
}

/** A colony of another account, whose program everybody may run. */
async function colonyOf(uid: number, wnm: Wnm, blocks: readonly string[]): Promise<void> {
  mkdirSync(join(wnm.home, ".local/bin"), { recursive: true });
  await buildAntnode(join(wnm.home, ".local/bin/antnode"));
  await $`chown -R ${uid}:${uid} ${wnm.home} && chmod -R a+rX ${wnm.home}`.quiet();
  const init = ["--init", "--rewards_address=donate", "--process_manager=setsid+user", "--no_upnp"];
  const { code, stderr } = await runAs(uid, wnm, wnm.home, [...init, ...blocks, ...ROOMY, "--node_cap=2"]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

const ALICE = 54_321;
const BOB = 54_322;

test("two users neither see nor touch each other's nodes, their ports differ, and root does not act in their place", async () => {
  await using hers = await aHome();
  await using his = await aHome();
  const program = join(hers.home, "wnm");
  copyFileSync(hers.binary, program);
  const alice = { ...hers, binary: program };
  const bob = { ...his, binary: program };
  const claimed = await portBlocks();
  const blocks = Object.entries(claimed).map(([name, block]) => `--${name}=${block}`);
  try {
    await colonyOf(ALICE, alice, blocks);
    await colonyOf(BOB, bob, blocks);
    for (const call of [["--force_action", "add"], []]) {
      for (const [uid, wnm] of [
        [ALICE, alice],
        [BOB, bob],
      ] as const) {
        ageSample(wnm);
        const { code, stderr } = await runAs(uid, wnm, wnm.home, call);
        expect({ code, stderr }).toMatchObject({ code: 0 });
      }
    }
    const ports = [alice, bob].flatMap((wnm) => wnm.nodes().flatMap((row) => [row.port, row.metrics_port]));
    expect(ports).toHaveLength(8);
    expect(new Set(ports).size).toBe(8);
    for (const wnm of [alice, bob]) expect(disagreements(wnm)).toEqual([]);
    // With the other account's HOME, and so with its colony.
    const inHers = await runAs(BOB, bob, alice.home, ["--force_action", "remove", "--count=9"]);
    expect(inHers.code).not.toBe(0);
    expect(inHers.stderr).toMatch(/EACCES|may not open it/);
    const asRoot = await alice.run(["--force_action", "remove", "--count=9"]);
    expect(asRoot.code).toBe(5);
    expect(asRoot.stderr).toContain("belongs to another account");
    // A process of his that pretends to be her node must not be ended by her.
    const folder = String(alice.nodes()[0]?.root_dir);
    const claim = Bun.spawn(["setpriv", `--reuid=${BOB}`, "sleep", "600", "--root-dir", folder], {
      argv0: "antnode",
    });
    claim.kill();
    const gone = await runAs(BOB, bob, bob.home, ["--force_action", "teardown", "--confirm"]);
    expect({ code: gone.code, stderr: gone.stderr }).toMatchObject({ code: 0 });
    expect(livingNodes(alice)).toHaveLength(2);
  } finally {
    releasePorts(claimed);
  }
});

/** Python wnm as it appears among processes. */
async function pythonWnm(wnm: Wnm): Promise<Bun.Subprocess> {
  const program = join(wnm.home, "wnm");
  writeFileSync(program, "import time\nprint('up', flush=True)\ntime.sleep(600)\n");
  const python = Bun.spawn(["python3", "-u", program, "--loglevel", "INFO"], { stdout: "pipe" });
  await python.stdout.getReader().read();
  return python;
}

test("Python wnm's lock file is respected while its process lives, explained after a crash, and replaced if it is garbage", async () => {
  await using wnm = await aColony("--node_cap=1");
  const lock = join(wnm.base, "wnm_active");
  writeFileSync(lock, "1795417508.25");
  const python = await pythonWnm(wnm);
  for (const call of [[], ["--force_action", "add"], ["--remove_lockfile"]]) {
    const { code, stderr } = await wnm.run(call);
    expect(code).toBe(75);
    expect(stderr).toContain(`Python wnm works here as process ${python.pid}`);
  }
  expect(readFileSync(lock, "utf8")).toBe("1795417508.25");
  python.kill("SIGKILL");
  await python.exited;
  ageSample(wnm);
  const { code, stderr } = await wnm.run([]);
  expect(code).toBe(0);
  expect(stderr).toContain("was left behind by a Python wnm that started at 2026-11-23T");
  expect(existsSync(lock)).toBe(false);
  for (const garbage of ["", "hello", "\0".repeat(100_000), "pid 1, started never", "-5", "\x1b[2J"]) {
    writeFileSync(lock, garbage);
    const after = await wnm.run([]);
    expect({ garbage, code: after.code, stderr: after.stderr }).toMatchObject({ code: 0 });
    expect(after.stderr).not.toContain("left behind");
  }
});

test("whatever is planted in place of the lock file is neither written through nor waited for", async () => {
  await using wnm = await aColony("--node_cap=1");
  const lock = join(wnm.base, "wnm_active");
  const precious = join(wnm.home, "precious");
  writeFileSync(precious, "content");
  linkSync(precious, lock);
  ageSample(wnm);
  await wnm.ok([]);
  for (const plant of [
    () => symlinkSync(precious, lock),
    () => Bun.spawnSync(["mkfifo", lock]),
    () => mkdirSync(lock),
  ]) {
    plant();
    const { code, stderr } = await wnm.run([]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/cannot be opened: .*not a regular file; remove it/),
    });
    rmSync(lock, { recursive: true });
  }
  expect(readFileSync(precious, "utf8")).toBe("content");
});
