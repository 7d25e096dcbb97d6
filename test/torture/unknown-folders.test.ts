import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { listProcesses, livingProcess } from "../../src/os/processes/identity.ts";
import { until } from "../support/until.ts";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample } from "./agreement.ts";

setDefaultTimeout(300_000);

/** Every system call with which a program inspects a path. */
const LOOKS = "lstat,stat,newfstatat,statx,openat,open,access,faccessat,faccessat2,getdents64";

/** Runs wnm while each inspection of the path fails with the error. */
async function failing(wnm: Wnm, path: string, error: string, args: readonly string[]) {
  ageSample(wnm);
  const inject = [
    "strace",
    "-f",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    `inject=${LOOKS}:error=${error}`,
    "-P",
    path,
  ];
  const child = Bun.spawn([...inject, wnm.binary, ...args], {
    env: { HOME: wnm.home },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const stderr = await child.stderr.text();
  return { code: await child.exited, stderr };
}

const foldersOf = (wnm: Wnm): readonly string[] =>
  ["node", "logs"].flatMap((name) =>
    readdirSync(join(wnm.base, name))
      .filter((entry) => entry.startsWith("antnode"))
      .map((entry) => `${name}/${entry} ${readdirSync(join(wnm.base, name, entry)).length}`),
  );

/** Stores a state as if wnm had decided it. */
const become = (wnm: Wnm, id: number, status: string, wanted: string): void => {
  wnm.sql("UPDATE machine SET node_cap = 2");
  wnm.sql(
    "UPDATE node SET status = ?, wanted = ?, wanted_with = ? || ' ' || timestamp, crashes = 0, problem = NULL WHERE id = ?",
    ...[status, wanted, status, id],
  );
  // The log reports a finding once; here each call is the first to see it.
  wnm.sql("DELETE FROM finding");
};

/** What is stored while a run works that has exclusive access to the database. */
async function stored(wnm: Wnm): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return JSON.parse((await wnm.ok(["--report=node-status-details", "--report_format=json"])).stdout);
}

/** Where inspections fail, and which nodes are unknown as a result. */
const PLACES: readonly string[] = [
  "node/antnode0002",
  "node/antnode0002/secret-key",
  "logs/antnode0002",
  "node",
  "node/.wnm-storage",
  "",
  "colony.db",
];

/** What is about to be done to the stopped node 2 when the disk fails. */
const ABOUT: Readonly<
  Record<string, { readonly state: readonly [string, string]; readonly args: readonly string[] }>
> = {
  "an idle run": { state: ["STOPPED", "stopped"], args: [] },
  "a removal that is due": { state: ["REMOVING", "stopped"], args: [] },
  "a removal that node_cap asks for": { state: ["STOPPED", "stopped"], args: ["--node_cap=1"] },
  "a node that was called dead": { state: ["DEAD", "stopped"], args: [] },
  "a removal by hand": {
    state: ["STOPPED", "stopped"],
    args: ["--force_action", "remove", "--service_name=2"],
  },
  "a start by hand": { state: ["STOPPED", "stopped"], args: ["--force_action", "start", "--service_name=2"] },
  "an automatic start": { state: ["STOPPED", "running"], args: [] },
  "a new node": { state: ["STOPPED", "stopped"], args: ["--force_action", "add"] },
  "a teardown": { state: ["STOPPED", "stopped"], args: ["--force_action", "teardown", "--confirm"] },
};
/** Actions that concern more than this node, and that continue for the other nodes. */
const TOUCHES_OTHERS = new Set(["a new node", "a teardown"]);

let wnm: Wnm;
beforeAll(async () => {
  wnm = await aColony("--node_cap=2", "--delay_remove=0");
  await wnm.ok(["--force_action", "add", "--count=2"]);
  await until(() => readdirSync(join(wnm.base, "node/antnode0002")).includes("secret-key"), "the key");
  await wnm.ok(["--force_action", "survey"]);
  await wnm.ok(["--force_action", "stop", "--service_name=2"]);
});
afterAll(() => wnm[Symbol.asyncDispose]());

test.each(["EIO", "ESTALE", "EUCLEAN", "EACCES"])(
  "after %s at a stopped node's folders, its storage or the colony, nothing is deleted, forgotten, created or called dead",
  async (error) => {
    const damage: string[] = [];
    const [first] = wnm.nodes();
    const folders = foldersOf(wnm);
    const marker = readFileSync(join(wnm.base, "node/.wnm-storage"), "utf8");
    let faults = 0;
    for (const place of PLACES) {
      const own = place.includes("antnode0002");
      for (const [name, { state, args }] of Object.entries(ABOUT)) {
        if (own && TOUCHES_OTHERS.has(name)) continue;
        become(wnm, 2, ...state);
        const { code, stderr } = await failing(wnm, join(wnm.base, place), error, args);
        faults++;
        const where = `${error} at ${place || "the base folder"}, ${name}: ${code}: ${stderr}`;
        const [one, two, ...more] = wnm.nodes();
        if (/ {4}at |This is a bug/.test(stderr)) damage.push(`a trace: ${where}`);
        if (one?.pid !== first?.pid || livingProcess(Number(first?.pid)) === undefined)
          damage.push(`the living node was touched: ${where}`);
        if (two === undefined || more.length > 0) damage.push(`nodes were forgotten or made: ${where}`);
        if (two?.status === "DEAD" && state[0] !== "DEAD") damage.push(`called dead: ${where}`);
        if (two?.pid !== null) {
          damage.push(`started: ${where}`);
          await wnm.run(["--force_action", "stop", "--service_name=2"]);
        }
        if (foldersOf(wnm).join() !== folders.join())
          damage.push(`folders: ${foldersOf(wnm).join()}: ${where}`);
        // A log folder matters only to actions that write or delete there.
        const idle = place === "logs/antnode0002" && args[0] !== "--force_action" && state[0] !== "REMOVING";
        if (!idle && (![1, 3, 5].includes(code) || !/cannot be|could not|is unknown/.test(stderr)))
          damage.push(`not told: ${where}`);
        if (own && !idle && code !== 3)
          damage.push(`the exit code of a node that has to be mended: ${where}`);
      }
    }
    expect(readFileSync(join(wnm.base, "node/.wnm-storage"), "utf8")).toBe(marker);
    process.stderr.write(`torture: ${error} at ${faults} looks, ${damage.length} left damage\n`);
    expect(damage).toEqual([]);
    become(wnm, 2, "STOPPED", "stopped");
    await wnm.ok(["--force_action", "survey"]);
  },
);

/** Where a node's own disk may come from; `copy`: what lies below it is an older copy, and not empty. */
const DISKS = [
  { disk: "another disk", folder: "/dev/shm", copy: false },
  { disk: "another disk", folder: "/dev/shm", copy: true },
  { disk: "another folder of the same disk", folder: "/tmp", copy: false },
  { disk: "another folder of the same disk", folder: "/tmp", copy: true },
] as const;

test.each(DISKS)(
  "a node on $disk (an older copy below: $copy) gets no new identity, is not removed and is not called dead without it",
  async ({ folder, copy }) => {
    await using own = await aColony("--node_cap=2", "--delay_remove=0");
    await own.ok(["--force_action", "add", "--count=2"]);
    const root = join(own.base, "node/antnode0002");
    await until(() => readdirSync(root).includes("secret-key"), "the key");
    await own.ok(["--force_action", "stop", "--service_name=2"]);
    const disk = mkdtempSync(join(folder, "wnm-own-disk-"));
    cpSync(root, disk, { recursive: true });
    if (!copy) {
      rmSync(root, { recursive: true });
      mkdirSync(root);
    }
    const below = readdirSync(root);
    try {
      await $`mount --bind ${disk} ${root}`.quiet();
      await own.ok(["--force_action", "start", "--service_name=2"]);
      ageSample(own);
      await own.ok([]);
      const key = readFileSync(join(root, "secret-key"), "hex");
      await own.kill(2);
      await $`umount -l ${root}`.quiet();
      for (const args of [
        [],
        [],
        ["--force_action", "start", "--service_name=2"],
        ["--force_action", "remove", "--service_name=2"],
        ["--force_action", "restart", "--service_name=2"],
      ]) {
        ageSample(own);
        own.sql("DELETE FROM finding");
        const { code, stderr } = await own.run(args);
        expect(stderr).toContain("antnode0002 is not started, changed or removed: its folder");
        expect(code).toBe(3);
        expect(own.nodes()[1]).toMatchObject({ id: 2, status: "STOPPED", pid: null });
        expect(readdirSync(root)).toEqual(below);
      }
      ageSample(own);
      const { stdout } = await own.run(["--force_action", "survey", "--json"]);
      expect(JSON.parse(stdout).findings).toMatchObject([
        { key: "node-folder-unknown", severity: "bad", node: 2 },
      ]);
      const why = await own.ok(["--report", "why", "--service_name=2"]);
      expect(why.stdout).toMatch(/^antnode0002 is STOPPED since .+, in doubt/);
      expect(why.stdout).toContain("next       nothing is done to it");
      await $`mount --bind ${disk} ${root}`.quiet();
      ageSample(own);
      await own.ok([]);
      expect(own.nodes()[1]).toMatchObject({ id: 2, pid: expect.any(Number) });
      expect(readFileSync(join(root, "secret-key"), "hex")).toBe(key);
      await own.kill(2);
      await $`umount -l ${root}`.quiet();
      await own.ok(["--force_action", "remove", "--service_name=2", "--confirm"]);
      expect(own.nodes()).toHaveLength(1);
      expect(readFileSync(join(disk, "secret-key"), "hex")).toBe(key);
    } finally {
      await $`umount -l ${root}`.quiet().nothrow();
      rmSync(disk, { recursive: true, force: true });
    }
  },
);

test("an operator can start a node with a new identity in a folder without its key, with confirmation", async () => {
  await using own = await aColony("--node_cap=1");
  await own.ok(["--force_action", "add"]);
  const key = join(own.base, "node/antnode0001/secret-key");
  await until(() => readdirSync(join(own.base, "node/antnode0001")).includes("secret-key"), "the key");
  ageSample(own);
  await own.ok([]);
  await own.kill(1);
  rmSync(key);
  ageSample(own);
  expect((await own.run([])).code).toBe(3);
  expect((await own.run(["--force_action", "start", "--service_name=1"])).code).toBe(3);
  await own.run(["--force_action", "start", "--service_name=1", "--confirm"]);
  await until(() => readdirSync(join(own.base, "node/antnode0001")).includes("secret-key"), "a new key");
  ageSample(own);
  await own.ok([]);
});

test("if a storage goes away between two actions, the next is not done, and nothing is forgotten", async () => {
  await using own = await aColony("--node_cap=5", "--delay_remove=0");
  await own.ok(["--force_action", "add", "--count=3"]);
  const storage = join(own.base, "node");
  for (const call of [
    ["remove", "--service_name=1,2"],
    ["add", "--count=2"],
  ]) {
    const count = own.nodes().length;
    const working = own.start(["--force_action", ...call, "--this_action_delay=4000"]);
    await until(async () => {
      const rows = await stored(own);
      const lives = ({ root_dir }: (typeof rows)[number]) =>
        listProcesses()?.some(({ argv }) => argv.includes(String(root_dir)));
      return rows.length !== count && rows.every(lives);
    }, "the first action to be done");
    renameSync(storage, `${storage}.away`);
    mkdirSync(storage);
    const [code, stderr] = [await working.exited, await working.stderr.text()];
    expect(stderr).toMatch(/Nothing more is done to antnode\d{4}: .*has no \.wnm-storage file/);
    expect(code).toBe(3);
    expect(readdirSync(storage)).toEqual([]);
    rmSync(storage, { recursive: true });
    renameSync(`${storage}.away`, storage);
    const left = readdirSync(storage)
      .filter((name) => name.startsWith("antnode"))
      .toSorted();
    expect(own.nodes().map(({ id }) => `antnode000${id}`)).toEqual(left);
  }
});
