import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootId } from "../../src/os/processes/boot.ts";
import { argvOf, identityOf, livingProcess, lookAt, lookFor } from "../../src/os/processes/identity.ts";
import { accountProcesses, SHOW_PROCESSES } from "../../src/software/account-processes.ts";
import { OWN_PROCESSES } from "../../src/software/node-owner.ts";
import { lookForNodes } from "../../src/software/node-processes.ts";
import { type Sought, soughtAt } from "../../src/software/sought.ts";
import { until } from "../support/until.ts";

let folder: string;
const children: Bun.Subprocess[] = [];

beforeEach(() => {
  folder = join(realpathSync(mkdtempSync(join(tmpdir(), "wnm-sight-"))), "antnode0001");
  mkdirSync(folder);
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    await child.exited;
  }
  rmSync(join(folder, ".."), { recursive: true });
});

/** A process of this account with these words after its name; it sleeps. */
async function aProcess(...words: readonly string[]): Promise<number> {
  const child = Bun.spawn(["sh", "-c", "sleep 300; :", ...words], { cwd: "/", detached: true });
  children.push(child);
  await untilNamed(child.pid, "sh");
  return child.pid;
}

/** Until then it is a copy of this process. */
const untilNamed = (pid: number, name: string) =>
  until(() => argvOf(pid)?.[0] === name && livingProcess(pid), `process ${pid} to be ${name}`);

const node = (pid?: number): Sought => {
  const process = pid === undefined ? undefined : livingProcess(pid);
  return { ...soughtAt(folder), ...(process && identityOf(process)) };
};
const look = () => lookForNodes(OWN_PROCESSES);
/** A process of another account, nobody, whose processes never name this folder. */
const OTHER = { uid: () => 65_533, wrapped: true };

test("the recorded process is the node, whatever its command line says", async () => {
  const pid = await aProcess();
  expect(look().process(node(pid))).toMatchObject({ seen: "living", process: { pid } });
});

test("otherwise a process that names its folder is the node, under any name; where init programs name it too, only under a node's own name", async () => {
  const pid = await aProcess("--root-dir", folder);
  expect(look().process(node())).toMatchObject({ seen: "living", process: { pid } });
  expect(lookForNodes({ ...OWN_PROCESSES, wrapped: false }).process(node())).toEqual({ seen: "ended" });
});

test("a program named like a node takes precedence over the script that runs it", async () => {
  const script = await aProcess(`--root-dir=${folder}`);
  const child = Bun.spawn(["sh", "-c", "sleep 300; :", "--root-dir", folder], { argv0: "/x/antnode" });
  children.push(child);
  await untilNamed(child.pid, "/x/antnode");
  expect(look().process(node())).toMatchObject({ process: { pid: child.pid } });
  const all = look().all(node());
  expect(all[0]?.pid).toBe(child.pid);
  expect(all.map(({ pid }) => pid)).toContain(script);
});

test("the pid file in the folder is trusted only when a decision is due, and only for a process older than the file", async () => {
  const pid = await aProcess();
  const file = join(folder, "antnode.pid");
  writeFileSync(file, `${pid}`);
  expect(look().process(node())).toEqual({ seen: "ended" });
  expect(look().thorough(node())).toMatchObject({ seen: "living", process: { pid } });
  utimesSync(file, 1_000_000, 1_000_000);
  expect(look().thorough(node())).toEqual({ seen: "ended" });
});

test("a pid file that names another node's process is a left-over", async () => {
  const pid = await aProcess("--root-dir", "/another/antnode0002");
  writeFileSync(join(folder, "antnode.pid"), `${pid}`);
  expect(look().thorough(node())).toEqual({ seen: "ended" });
});

test("a process that holds the lock of the node's database is the node", async () => {
  mkdirSync(join(folder, "chunks"));
  const child = Bun.spawn(["flock", join(folder, "chunks/.lock"), "sleep", "300"], { detached: true });
  children.push(child);
  const sight = await until(() => {
    const seen = look().thorough(node());
    return seen.seen === "living" && seen;
  }, "the lock");
  // flock(1) and what it runs share the descriptor.
  expect(sight.process.group).toBe(child.pid);
  process.kill(-child.pid, "SIGKILL");
});

test("a process that has ended, is a zombie, or reuses a pid is not the node", async () => {
  const pid = await aProcess();
  const recorded = node(pid);
  expect(lookFor({ pid, pid_started: 1, boot_id: bootId() ?? "" }, () => true)).toEqual({ seen: "ended" });
  expect(lookFor({ pid, pid_started: recorded.pid_started ?? 0, boot_id: "another" }, () => true)).toEqual({
    seen: "ended",
  });
  process.kill(-pid, "SIGKILL");
  await children[0]?.exited;
  expect(lookAt(pid)).toEqual({ seen: "ended" });
  expect(look().process(recorded)).toEqual({ seen: "ended" });
});

test.each([0, -1, 1.5, Number.NaN, 2 ** 40])("%p is not a pid, and no process is looked up for it", (pid) => {
  expect(lookAt(pid)).toEqual({ seen: "ended" });
});

test("with an unknown boot id, a process counts if it names the folder, and is hidden otherwise", async () => {
  const pid = await aProcess("--root-dir", folder);
  const recorded = { ...node(pid), boot_id: "unknown" };
  expect(look().process(recorded)).toMatchObject({ seen: "living", process: { pid, boot_id: bootId() } });
  const identity = { pid, pid_started: recorded.pid_started ?? 0, boot_id: "unknown" };
  expect(lookFor(identity, () => false)).toEqual({ seen: "hidden", foreign: false });
});

test("another account's view is read: its processes, their start times and their arguments", async () => {
  const pid = await aProcess("--root-dir", folder, "two\nlines", "");
  const child = Bun.spawn(["sh", "-c", SHOW_PROCESSES], { stdout: "pipe" });
  const told = accountProcesses(await child.stdout.text(), process.getuid?.());
  expect(told?.get(pid)).toEqual({
    ...(livingProcess(pid) ?? expect.unreachable()),
    argv: ["sh", "-c", "sleep 300; :", "--root-dir", folder, "two\nlines", ""],
  });
  const there = lookForNodes(OTHER, told);
  expect(there.process(node())).toMatchObject({ seen: "living", process: { pid } });
  expect(there.process(soughtAt("/nowhere"))).toEqual({ seen: "ended" });
});

test("an answer that does not show its own process is ignored", () => {
  expect(accountProcesses("", 0)).toBeUndefined();
  expect(accountProcesses("/proc/1/stat:1 (init) S 0 1 1 0\0/proc/1/cmdline:init\0", 0)).toBeUndefined();
});
