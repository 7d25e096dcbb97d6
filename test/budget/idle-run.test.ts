import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Colony, makeColony } from "../../scripts/bench/colony.ts";
import { type Fleet, startFleet } from "../../scripts/bench/fleet.ts";
import { metricsBody } from "../fixtures/metrics-body.ts";
import { compiledWnm } from "../support/wnm.ts";

setDefaultTimeout(120_000);

/**
 * What an idle run of a hundred answering nodes may do: counted, not timed, so that a busy machine changes nothing.
 * Each budget is what it takes now and a little more; a change that needs more has to say so here.
 */
const NODES = 100;

let fleet: Fleet;
let colony: Colony;
let trace: readonly string[];

beforeAll(async () => {
  const wnm = await compiledWnm();
  fleet = await startFleet(NODES, "none");
  colony = await makeColony(wnm, fleet);
  colony.reset("full");
  trace = await traced([wnm], colony.home);
});
afterAll(async () => {
  colony?.[Symbol.dispose]();
  await fleet?.[Symbol.asyncDispose]();
});

/** Lines "name(arguments) = result" of every thread's system calls. */
async function traced(argv: readonly string[], home: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "wnm-budget-"));
  try {
    const child = Bun.spawn(["strace", "-ff", "-s", "64", "-y", "-o", join(folder, "trace"), ...argv], {
      env: { HOME: home, PATH: process.env.PATH ?? "" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [stderr, code] = await Promise.all([child.stderr.text(), child.exited]);
    if (code !== 0) throw new Error(stderr);
    // One file per thread, so that no call is torn by another's.
    return [...new Bun.Glob("trace.*").scanSync(folder)].flatMap((file) =>
      readFileSync(join(folder, file), "utf8").split("\n"),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const calls = (pattern: RegExp): readonly string[] => trace.filter((line) => pattern.test(line));
/** Sum of what the calls returned: bytes. */
const bytes = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Math.max(0, Number(/ = (-?\d+)(?: |$)/.exec(line)?.[1] ?? 0)), 0);

test("no child process", () => {
  expect(calls(/^(execve|execveat)\(/)).toHaveLength(1);
  expect(calls(/^(v?fork)\(/)).toEqual([]);
});

test("one request per node", () => {
  expect(calls(/"GET \/metrics /)).toHaveLength(NODES);
  expect(calls(/"GET \/metadata /)).toEqual([]);
});

test("one transaction", () => {
  const locks = calls(/^fcntl\(.*colony\.db.*F_SETLK.*F_WRLCK.*l_start=120, l_len=1\}/);
  // SQLite takes the writer's lock once to make the log anew and once for each transaction (WAL_WRITE_LOCK, byte 120).
  expect(locks).toHaveLength(2);
});

test("two syncs to begin the log, one to commit, two to put it back into the database when it is closed", () => {
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

/** What threads of the runtime do among themselves, which varies from run to run. */
const RUNTIME = /^(futex|madvise|mmap|munmap|mprotect|rt_\w+|sched_\w+|getpid|gettid|prctl|clone3?)\(/;

test("system calls: 13 per node and 700 for the run", () => {
  const all = trace.filter((line) => /^\w+\(/.test(line) && !RUNTIME.test(line));
  expect(all.length).toBeLessThanOrEqual(13 * NODES + 700);
});

test("bytes: the database read once, its changed pages written to the log and back, each node's metrics read once", () => {
  const FILE = /^\w+\(\d+<\/(?!proc|sys|dev)/;
  const files = (name: RegExp) => bytes(calls(name).filter((line) => FILE.test(line)));
  expect(files(/^p?read(64|v)?\(/)).toBeLessThanOrEqual(300_000);
  expect(files(/^p?write(64|v)?\(/)).toBeLessThanOrEqual(300_000);
  const body = metricsBody({ uptime: 1 }).length;
  const received = bytes(calls(/^(recvfrom|recvmsg|read)\(\d+<(socket|TCP)/));
  expect(received).toBeGreaterThan(NODES * body);
  expect(received).toBeLessThanOrEqual(NODES * (body + 1000));
});
