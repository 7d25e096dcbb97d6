import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { livingProcess } from "../../src/os/processes/identity.ts";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample, livingNodes } from "./agreement.ts";

setDefaultTimeout(300_000);

/** A colony with a node in each of two storages; returns the second. */
async function twoStorages(wnm: Wnm): Promise<string> {
  await wnm.ok(["--force_action", "add"]);
  const second = join(wnm.base, "disk/node");
  mkdirSync(second, { recursive: true });
  wnm.sql("UPDATE machine SET node_storage = ?", second);
  await wnm.ok(["--force_action", "add"]);
  expect(readdirSync(second)).toContain("antnode0002");
  return second;
}

const marked = (folder: string, text: string) => writeFileSync(join(folder, ".wnm-storage"), text);

/** What is in the storage's place while its disk is missing. */
const GONE: Readonly<Record<string, (path: string) => unknown>> = {
  nothing: () => {},
  "an empty folder, not yet mounted": (path) => mkdirSync(path),
  "the disk of another colony": (path) => [mkdirSync(path), marked(path, "another-colony\n")],
  "another colony's disk with nodes of the same names": (path) => [
    mkdirSync(join(path, "antnode0002"), { recursive: true }),
    marked(path, "another-colony\n"),
  ],
  "a folder with an empty marker": (path) => [mkdirSync(path), marked(path, "")],
  "a folder with the marker of a longer name": (path) => [mkdirSync(path), marked(path, "x".repeat(5000))],
  "a folder with a folder as its marker": (path) =>
    mkdirSync(join(path, ".wnm-storage"), { recursive: true }),
  "a file": (path) => writeFileSync(path, ""),
  "a link to nothing": (path) => symlinkSync("/nowhere", path),
  "a link to itself": (path) => symlinkSync(path, path),
  "a link to the system's folder": (path) => symlinkSync("/etc", path),
};

/** What an operator may order for other nodes meanwhile: it takes nothing from nodes whose storage is gone. */
const CALLS: readonly (readonly string[])[] = [
  [],
  ["--force_action", "restart", "--count=2"],
  ["--force_action", "stop", "--service_name=1"],
  ["--force_action", "start", "--service_name=1"],
  ["--force_action", "survey"],
];

test("if one of two storages is gone, swapped or not yet mounted, only its nodes are left alone and the run says so, until it is back", async () => {
  await using wnm = await aColony("--node_cap=2", "--delay_remove=0");
  const second = await twoStorages(wnm);
  const before = wnm.nodes().map(({ status, pid }) => ({ status, pid }));
  const damage: string[] = [];
  for (const [name, put] of Object.entries(GONE)) {
    renameSync(second, `${second}.away`);
    put(second);
    const found =
      await $`find ${wnm.base}/disk ${wnm.base}/node -not -path "*/node.away/*" -not -path "*/antnode0001/*" -printf "%p %T@\n"`
        .nothrow()
        .text();
    for (const call of CALLS) {
      ageSample(wnm);
      const { code, stderr } = await wnm.run(call);
      if (code !== 3 || !stderr.includes(second))
        damage.push(`${name}: ${call.join(" ")}: ${code}: ${stderr}`);
    }
    const [first, lost] = wnm.nodes();
    if (lost?.status !== before[1]?.status || lost?.pid !== before[1]?.pid)
      damage.push(`${name}: the row of the lost node has changed`);
    if (first?.status === "STOPPED") damage.push(`${name}: the other node was not looked after`);
    if ([first, lost].some((node) => livingProcess(Number(node?.pid)) === undefined))
      damage.push(`${name}: a node was stopped`);
    const after =
      await $`find ${wnm.base}/disk ${wnm.base}/node -not -path "*/node.away/*" -not -path "*/antnode0001/*" -printf "%p %T@\n"`
        .nothrow()
        .text();
    if (after !== found) damage.push(`${name}: something was made: ${after}`);
    rmSync(second, { recursive: true, force: true });
    renameSync(`${second}.away`, second);
  }
  process.stderr.write(
    `torture: ${Object.keys(GONE).length} ways to lose a storage, ${damage.length} left damage\n`,
  );
  expect(damage).toEqual([]);
  ageSample(wnm);
  expect((await wnm.run([])).code).toBe(0);
  expect(wnm.nodes()[1]?.pid).toBe(Number(before[1]?.pid));
});

test("if two disks are swapped between mount points, the run says so, touches neither, and gives up nothing", async () => {
  await using wnm = await aColony("--node_cap=2");
  const second = await twoStorages(wnm);
  const first = join(wnm.base, "node");
  const third = join(wnm.base, "third");
  mkdirSync(third);
  await wnm.ok([`--node_storage=${first},${second},${third}`]);
  const swap = () => {
    renameSync(first, `${first}.away`);
    renameSync(second, first);
    renameSync(`${first}.away`, second);
  };
  const rowOf = ({ status, pid, root_dir }: ReturnType<Wnm["nodes"]>[number]) => ({ status, pid, root_dir });
  const before = wnm.nodes().map(rowOf);
  swap();
  ageSample(wnm);
  const { code, stderr } = await wnm.run(["--node_cap=3"]);
  expect([code, stderr]).toEqual([
    3,
    expect.stringContaining(`holds another storage of this colony, ${first}`),
  ]);
  expect(stderr).toContain(`holds another storage of this colony, ${second}`);
  expect(stderr).toContain("Mount each disk where it was");
  expect(stderr).not.toContain("--confirm");
  expect(wnm.nodes().slice(0, 2).map(rowOf)).toEqual(before);
  const doctor = await wnm.run(["--report", "doctor"]);
  expect(doctor.stdout).toContain("Mount each disk where it was");
  expect(doctor.stdout).not.toContain("--service_name");
  swap();
  ageSample(wnm);
  expect((await wnm.run([])).code).toBe(0);
});

test("if every storage is gone, nothing is done and the exit code is 5", async () => {
  await using wnm = await aColony("--node_cap=2");
  const second = await twoStorages(wnm);
  const first = join(wnm.base, "node");
  const before = wnm.nodes().map(({ status, pid }) => ({ status, pid }));
  for (const path of [first, second]) renameSync(path, `${path}.away`);
  for (const call of [[], ["--force_action", "add"], ["--force_action", "teardown", "--confirm"]]) {
    ageSample(wnm);
    const { code, stderr } = await wnm.run(call);
    expect(code).toBe(5);
    expect(stderr).toContain("Nothing is done, because the storage");
  }
  expect(wnm.nodes().map(({ status, pid }) => ({ status, pid }))).toEqual(before);
  for (const path of [first, second]) renameSync(`${path}.away`, path);
});

test("if the whole base folder is on an unmounted disk, no run creates a colony or a folder there", async () => {
  await using wnm = await aColony("--node_cap=1");
  ageSample(wnm);
  await wnm.ok([]);
  renameSync(wnm.base, `${wnm.base}.away`);
  for (const call of [[], ["--force_action", "add"], ["--dry_run"], ["--remove_lockfile"]]) {
    const { code } = await wnm.run(call);
    expect([0, 4]).toContain(code);
    expect(readdirSync(join(wnm.base, ".."))).toEqual(["autonomi.away"]);
  }
  renameSync(`${wnm.base}.away`, wnm.base);
  expect(livingNodes(wnm)).toHaveLength(1);
});
