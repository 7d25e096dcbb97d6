import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { $ } from "bun";
import { aColony, aHome, type Ended, type Wnm } from "../support/wnm.ts";
import { ageSample } from "./agreement.ts";

setDefaultTimeout(300_000);

/** A replacement for a file: it never ends, or blocks any process that opens it. */
const HOLDERS: Readonly<Record<string, (path: string) => unknown>> = {
  "a pipe": (path) => $`mkfifo ${path}`.quiet(),
  "a link to /dev/zero": (path) => symlinkSync("/dev/zero", path),
  "a link to a terminal": (path) => symlinkSync("/dev/ptmx", path),
  "a sparse file of 4 GB": (path) => {
    writeFileSync(path, "");
    truncateSync(path, 4_000_000_000);
  },
};

type Measured = Ended & { readonly seconds: number; readonly megabytes: number };

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "wnm-endless-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs wnm by a shell command in which its arguments follow "wnm"; returns how long it took and how large it was. */
async function measured(wnm: Wnm, command: string): Promise<Measured> {
  const peak = join(scratch, "peak");
  const began = performance.now();
  const script = command.replace(/\bwnm\b/, `exec /usr/bin/time -f %M -o ${peak} ${wnm.binary}`);
  const child = Bun.spawn(["bash", "-c", script], {
    cwd: wnm.home,
    env: { HOME: wnm.home, PATH: "/usr/bin:/bin" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const megabytes = Number(readFileSync(peak, "utf8").trim().split("\n").at(-1)) / 1024;
  return { code, stdout, stderr, seconds: (performance.now() - began) / 1000, megabytes };
}

const expectRefused = ({ code, stderr, seconds, megabytes }: Measured, words: string, exit = 2) => {
  expect({ code, stderr }).toEqual({ code: exit, stderr: expect.stringContaining(words) });
  expect(stderr).not.toContain("    at ");
  expect(seconds).toBeLessThan(120);
  expect(megabytes).toBeLessThan(150);
};

test("an endless config or .env file is refused with a sentence, by a run and by a report", async () => {
  await using wnm = await aColony("--node_cap=1");
  const places = [
    join(wnm.home, ".local/share/wnm/config"),
    join(wnm.home, "wnm/config"),
    join(wnm.base, ".env"),
  ];
  for (const path of places) {
    mkdirSync(dirname(path), { recursive: true });
    for (const put of Object.values(HOLDERS)) {
      await put(path);
      for (const call of ["wnm", "wnm --report node-status"])
        expectRefused(await measured(wnm, call), `The file ${path} cannot be read: it`);
      rmSync(path);
    }
  }
});

test("a named settings file may be a pipe that ends, but no other special file", async () => {
  await using wnm = await aColony("--node_cap=1");
  const set = await measured(wnm, "wnm --force_action update_config -c <(sleep 0.2; echo node_cap=7)");
  expect([set.code, wnm.machine().node_cap]).toEqual([0, 7]);
  expect((await measured(wnm, "echo node_cap=8 | wnm --force_action update_config -c /dev/stdin")).code).toBe(
    0,
  );
  expect(wnm.machine().node_cap).toBe(8);
  expect((await measured(wnm, "wnm --report node-status -c /dev/null")).code).toBe(0);
  await $`mkfifo lonely silent`.cwd(wnm.home).quiet();
  using _writer = ended(
    Bun.spawn(["sh", "-c", "exec sleep 600 >silent"], { cwd: wnm.home, stdin: "ignore" }),
  );
  expectRefused(await measured(wnm, "wnm -c lonely"), "nothing was written to the pipe for 4 s");
  expectRefused(await measured(wnm, "wnm -c <(yes)"), "it holds more than 1 MiB");
  expectRefused(await measured(wnm, "wnm -c /dev/zero"), "it is a folder, a socket or a device");
  expectRefused(await measured(wnm, "wnm -c /dev/ptmx"), "it is a folder, a socket or a device");
  const { code, stderr, seconds } = await measured(wnm, "wnm -c silent");
  expect([code, stderr]).toEqual([2, expect.stringContaining("nothing was written to the pipe for 10 s")]);
  expect(seconds).toBeLessThan(120);
});

const ended = (child: Bun.Subprocess): Disposable => ({ [Symbol.dispose]: () => child.kill("SIGKILL") });

test("init reads a pipe of settings only once, although it uses the settings twice", async () => {
  await using wnm = await aHome();
  await wnm.init("--node_cap=1");
  rmSync(wnm.database);
  const settings = "rewards_address=donate\\nprocess_manager=setsid+user\\nnode_cap=5\\n";
  const { code, stderr } = await measured(wnm, `wnm --init -c <(printf "${settings}")`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("ERROR") });
  expect(wnm.machine().node_cap).toBe(5);
});

test("an archive of keys may come through a pipe; an endless one neither fills memory nor blocks another run", async () => {
  await using wnm = await aColony("--node_cap=1");
  ageSample(wnm);
  await wnm.ok([]);
  const keys = join(wnm.home, "keys");
  await wnm.ok(["--export_keys", keys]);
  await wnm.ok(["--force_action", "stop", "--service_name=1"]);
  const key = join(wnm.base, "node/antnode0001/secret-key");
  const before = readFileSync(key);
  rmSync(key);
  const { code, stdout } = await measured(wnm, `wnm --import_keys <(sleep 0.3; cat ${keys})`);
  expect([code, stdout]).toEqual([0, expect.stringContaining("1 restored")]);
  expect(readFileSync(key).equals(before)).toBe(true);
  for (const archive of ["/dev/zero", join(wnm.home, "pipe"), join(wnm.home, "sparse")]) {
    if (archive.endsWith("pipe")) await HOLDERS["a pipe"]?.(archive);
    if (archive.endsWith("sparse")) HOLDERS["a sparse file of 4 GB"]?.(archive);
    expectRefused(
      await measured(wnm, `wnm --import_keys ${archive}`),
      `The file ${archive} cannot be read`,
      1,
    );
  }
  const endless = await measured(wnm, "wnm --import_keys <(yes)");
  expect([endless.code, endless.stderr]).toEqual([1, expect.stringContaining("it holds more than 128 MiB")]);
  expect(endless.megabytes).toBeLessThan(600);
  // While one call waits for its pipe, the colony is available to others.
  const fed = wnm.start(["--import_keys", join(wnm.home, "pipe")]);
  await wnm.ok(["--report", "node-status"]);
  ageSample(wnm);
  await wnm.ok([]);
  expect(await fed.exited).toBe(1);
});

test.each(Object.keys(HOLDERS))("%s as bootstrap_peers.toml beside the program is skipped", async (kind) => {
  await using wnm = await aColony("--node_cap=1");
  await HOLDERS[kind]?.(join(wnm.home, ".local/bin/bootstrap_peers.toml"));
  ageSample(wnm);
  const { code, seconds, megabytes } = await measured(wnm, "wnm");
  expect([code, wnm.nodes().length]).toEqual([0, 1]);
  expect(seconds).toBeLessThan(120);
  expect(megabytes).toBeLessThan(150);
});

test.each(Object.keys(HOLDERS))("%s in place of a node's files delays no run", async (kind) => {
  await using wnm = await aColony("--node_cap=1");
  ageSample(wnm);
  await wnm.ok([]);
  await wnm.kill(1);
  const [node, logs] = [join(wnm.base, "node/antnode0001"), join(wnm.base, "logs/antnode0001")];
  for (const path of [
    join(logs, "output.log"),
    join(logs, "critical_failure.log"),
    join(node, "antnode.pid"),
    join(node, "close_group_cache.json"),
    join(wnm.home, "databases"),
  ]) {
    rmSync(path, { force: true });
    await HOLDERS[kind]?.(path);
  }
  ageSample(wnm);
  const { seconds, megabytes } = await measured(wnm, "wnm");
  expect(seconds).toBeLessThan(120);
  expect(megabytes).toBeLessThan(150);
  // The same for its key: what is not a key is not exported, and the archive is created completely or not at all.
  const key = join(node, "secret-key");
  rmSync(key, { force: true });
  await HOLDERS[kind]?.(key);
  const exported = await measured(wnm, `wnm --export_keys ${join(wnm.home, "exported")}`);
  expect(exported.seconds).toBeLessThan(120);
  expect(exported.megabytes).toBeLessThan(200);
});

test.each(Object.keys(HOLDERS))(
  "an import with %s in place of antctl's registry ends with a sentence",
  async (kind) => {
    await using wnm = await aHome();
    await wnm.init("--node_cap=1");
    rmSync(wnm.database);
    const registry = join(wnm.home, ".local/share/autonomi/node/node_registry.json");
    mkdirSync(dirname(registry), { recursive: true });
    await HOLDERS[kind]?.(registry);
    const ended = await measured(
      wnm,
      "wnm --init --import --rewards_address donate --process_manager antctl+user",
    );
    expect(ended.seconds).toBeLessThan(120);
    expect(ended.megabytes).toBeLessThan(200);
    expect(ended.stderr).not.toContain("    at ");
    expect(ended.code).toBeGreaterThan(0);
  },
);

test("the init of a shared container starts a node whose output.log has become a pipe", async () => {
  const root = join(scratch, "root");
  for (const folder of ["wnm/nodes", "run/wnm", "logs", "proc", "dev", "usr", "bin", "lib", "lib64", "tmp"])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(
    join(root, "wnm/init.sh"),
    readFileSync(join(import.meta.dir, "../../src/process/docker/init.sh")),
  );
  writeFileSync(
    join(root, "wnm/nodes/antnode0001.node"),
    "metrics_port=-\noutput=/logs/output.log\nset -- sh -c 'echo it runs; exec sleep 600'\n",
  );
  writeFileSync(join(root, "wnm/nodes/antnode0001.up"), "");
  await $`mkfifo ${root}/logs/output.log`.quiet();
  const script = `
    for folder in usr bin lib lib64 dev; do [ ! -d /$folder ] || mount --rbind /$folder ${root}/$folder; done
    mount -t proc proc ${root}/proc
    exec chroot ${root} sh -c 'sh /wnm/init.sh start antnode0001; cat /logs/output.log; rm /wnm/nodes/antnode0001.up; sh /wnm/init.sh stop antnode0001 2'`;
  const namespaces = ["unshare", "-m", "-p", "--fork", "--kill-child"];
  const child = Bun.spawn(["timeout", "-k", "1", "100", ...namespaces, "sh", "-c", script], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "running\nit runs\n", stderr: "" });
  expect(existsSync(join(root, "wnm/nodes/antnode0001.node"))).toBe(true);
});
