import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, statSync, utimesSync } from "node:fs";
import { dirname } from "node:path";
import { writeYear } from "../support/a-year.ts";
import { bytesOf, traced } from "../support/strace.ts";
import { aHome, compiledWnm, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

const NODES = 300;

let wnm: Wnm;
beforeAll(async () => {
  wnm = await aHome("wnm-year-");
  await wnm.init("--node_cap=300");
  writeYear(wnm.database, NODES, Math.floor(Date.now() / 1000));
});
afterAll(() => wnm[Symbol.asyncDispose]());

test("a year of 300 nodes takes less than 30 MB", () => {
  const { size } = statSync(wnm.database);
  process.stderr.write(`a year of ${NODES} nodes: ${(size / 1e6).toFixed(1)} MB\n`);
  expect(size).toBeLessThan(30e6);
});

/** Bytes of the database that a report reads. */
async function bytesRead(...args: readonly string[]): Promise<number> {
  return bytesReadBy([await compiledWnm(), ...args]);
}

async function bytesReadBy(argv: readonly string[]): Promise<number> {
  const trace = await traced(argv, wnm.home);
  return bytesOf(trace.filter((line) => /^p?read(64|v)?\(\d+<[^>]*colony\.db/.test(line)));
}

/** Sets the time of the database's last write. */
const writtenAt = (at: Date) => utimesSync(wnm.database, at, at);

test("a report on an idle database reads only what it shows: for the last day, a small part of a year", async () => {
  const { size } = statSync(wnm.database);
  writtenAt(new Date(Date.now() - 3_600_000));
  const before = await Bun.file(wnm.database).bytes();
  const day = await bytesRead("--report=history");
  process.stderr.write(
    `history of a day reads ${(day / 1e3).toFixed(0)} kB of ${(size / 1e6).toFixed(1)} MB\n`,
  );
  expect(day).toBeLessThan(size / 10);
  expect(await bytesRead("--report=node-status")).toBeLessThan(size / 4);
  expect(await bytesRead("--report=overview")).toBeLessThan(size / 4);
  // Health exits with 1, because there was no run.
  const health = ["/bin/sh", "-c", '"$0" --report=health; [ $? = 1 ]', await compiledWnm()];
  expect(await bytesReadBy(health)).toBeLessThan(size / 4);
  expect(await bytesRead("--report=history", "--service_name=antnode0020")).toBeLessThan(size * 2.2);
  expect(Buffer.from(before).equals(await Bun.file(wnm.database).bytes())).toBe(true);
  expect(readdirSync(dirname(wnm.database)).filter((name) => /-(shm|journal)$/.test(name))).toEqual([]);
});

test("a report before the first run neither reads nor starts the node program, which --init has already done", async () => {
  const trace = await traced([await compiledWnm(), "--report=overview"], wnm.home);
  const OF_PROGRAM = /^(p?read(64|v)?\(\d+<[^>]*|execve\("[^"]*)\/bin\/antnode[>"]/;
  expect(trace.filter((line) => OF_PROGRAM.test(line))).toEqual([]);
});

// Twice for each time that it is opened, to see that nobody wrote meanwhile; a name is looked up before the report.
test("a report reads a database that may be in use twice, and twice more if nodes are named", async () => {
  const { size } = statSync(wnm.database);
  writtenAt(new Date(Date.now() + 3_600_000));
  const read = {
    "history of a day": await bytesRead("--report=history"),
    "history of a year": await bytesRead("--report=history", "--since=365d"),
    "node-status": await bytesRead("--report=node-status"),
    overview: await bytesRead("--report=overview"),
    page: await bytesRead("--report=page"),
  };
  for (const [report, bytes] of Object.entries(read))
    expect([report, Math.round(bytes / size)]).toEqual([report, 2]);
  expect(Math.round((await bytesRead("--report=why", "--service_name=20")) / size)).toBe(4);
});
