import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type Colony, makeColony } from "../../scripts/bench/colony.ts";
import { type Fleet, startFleet } from "../../scripts/bench/fleet.ts";
import { metricsBody } from "../fixtures/metrics-body.ts";
import { bytesOf, traced } from "../support/strace.ts";
import { until } from "../support/until.ts";
import { compiledWnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

/**
 * What an idle run of a hundred answering nodes may do: counted, not timed, so that a busy machine changes nothing.
 * Each budget is the present need and a little more; a change that needs more has to say so here.
 */
const NODES = 100;

let fleet: Fleet;
let colony: Colony;
let trace: readonly string[];

beforeAll(async () => {
  const wnm = await compiledWnm();
  fleet = await startFleet(NODES, "none");
  colony = await makeColony(wnm, fleet);
  // On a busy machine a node may answer too late, and then the run does more; such a run is not counted.
  await until(
    async () => {
      colony.reset("full");
      trace = await traced([wnm], colony.home);
      return answers() === NODES;
    },
    "a run in which every node answers",
    100_000,
  );
});
afterAll(async () => {
  colony?.[Symbol.dispose]();
  await fleet?.[Symbol.asyncDispose]();
});

const calls = (pattern: RegExp): readonly string[] => trace.filter((line) => pattern.test(line));
const answers = (): number => calls(/^recvfrom\(\d+<(socket|TCP).* = [1-9]/).length;

test("an idle run starts no child process", () => {
  expect(calls(/^(execve|execveat)\(/)).toHaveLength(1);
  expect(calls(/^(v?fork)\(/)).toEqual([]);
});

test("an idle run sends one request per node", () => {
  expect(calls(/"GET \/metrics /)).toHaveLength(NODES);
  expect(calls(/"GET \/metadata /)).toEqual([]);
});

test("an idle run maps no file, because on a full disk no block would be behind it", () => {
  expect(
    calls(/colony\.db-shm/).filter((line) => !/^(lstat|statx|newfstatat|access|unlink)/.test(line)),
  ).toEqual([]);
  expect(calls(/^mmap\(.*autonomi/)).toEqual([]);
});

test("an idle run uses one transaction: two syncs to begin the log, one to commit, two to write it back", () => {
  const synced = calls(/^(fsync|fdatasync)\(/).map(
    (line) => /autonomi(?:\/([^>]*))?>/.exec(line)?.[1] ?? "folder",
  );
  expect(synced.toSorted()).toEqual([
    "colony.db",
    "colony.db-wal",
    "colony.db-wal",
    "colony.db-wal",
    "folder",
  ]);
});

/** Calls of the runtime's threads among themselves, which vary from run to run. */
const RUNTIME = /^(futex|madvise|mmap|munmap|mprotect|rt_\w+|sched_\w+|getpid|gettid|prctl|clone3?)\(/;

test("an idle run reads nothing of a running node's logs", () => {
  expect(
    calls(/autonomi\/logs\/antnode/).filter((line) => !/^(lstat|statx|newfstatat)\(/.test(line)),
  ).toEqual([]);
});

// 30 of the run's calls check whether folder, logs and key of ten nodes, in turn, are open to others.
// 5 look for shares among the mounts, and 10 for processor limits: a container may not use the whole machine.
test("an idle run makes at most 13 system calls per node and 740 for itself", () => {
  const all = trace.filter((line) => /^\w+\(/.test(line) && !RUNTIME.test(line));
  const counts = Map.groupBy(all, (line) => line.slice(0, line.indexOf("(")));
  const shown = [...counts].map(([name, lines]) => `${name} ${lines.length}`).join(", ");
  expect(all.length, shown).toBeLessThanOrEqual(13 * NODES + 740);
});

test("an idle run reads the database once, writes its changed pages to the log and back, and reads each node's metrics once", () => {
  const FILE = /^\w+\(\d+<\/(?!proc|sys|dev)/;
  const files = (name: RegExp) => bytesOf(calls(name).filter((line) => FILE.test(line)));
  expect(files(/^p?read(64|v)?\(/)).toBeLessThanOrEqual(300_000);
  expect(files(/^p?write(64|v)?\(/)).toBeLessThanOrEqual(300_000);
  const body = metricsBody({ uptime: 1 }).length;
  const received = bytesOf(calls(/^(recvfrom|recvmsg|read)\(\d+<(socket|TCP)/));
  expect(received).toBeGreaterThan(NODES * body);
  expect(received).toBeLessThanOrEqual(NODES * (body + 1000));
});
