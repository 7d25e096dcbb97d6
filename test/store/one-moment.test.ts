import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeId } from "../../src/model/node.ts";
import { openStore, openStoreToRead } from "../../src/store/colony.ts";
import { aNode } from "../support/builders.ts";

setDefaultTimeout(300_000);

const COLONY = join(import.meta.dir, "../fixtures/colony/wnm-v0.5.0.db");
const NODES = 300;
const READS = 150;

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wnm-moment-"));
  path = join(folder, "colony.db");
  copyFileSync(COLONY, path);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Opens, changes every node in one transaction and closes, as runs do, until it is killed. */
const WRITER = `
  import { Database } from "bun:sqlite";
  for (let at = 1; ; at++) {
    const db = new Database(process.argv[1], { readwrite: true, create: false });
    db.run("PRAGMA busy_timeout = 10000");
    db.run("UPDATE node SET timestamp = ?, problem = ?", [at, "x".repeat(at % 500)]);
    db.run("UPDATE machine SET node_cap = ?", [at]);
    db.close();
    if (at === 3) console.log("writing");
  }`;

test("a report shows a single moment while runs open, write and close the database", async () => {
  {
    using store = openStore(path);
    store.save({ nodes: Array.from({ length: NODES }, (_, i) => aNode(i + 1, { status_since: 0 })) });
  }
  const writer = Bun.spawn([process.execPath, "-e", WRITER, path], { stdout: "pipe", stderr: "inherit" });
  try {
    await writer.stdout.getReader().read();
    const moments = new Set<number>();
    for (let i = 0; i < READS; i++) {
      using store = openStoreToRead(path);
      const first = store.nodes();
      // Time passes between one row and the next.
      await Bun.sleep(1);
      const seen = new Set([...first, ...store.nodes()].map((node) => node.status_since));
      expect([seen.size, first.length]).toEqual([1, NODES]);
      for (const moment of seen) moments.add(moment);
    }
    // They were different moments.
    expect(moments.size).toBeGreaterThan(3);
  } finally {
    writer.kill("SIGKILL");
    await writer.exited;
  }
});

test("reading changes no byte and leaves nothing behind, even beside a write-ahead log", () => {
  openStore(path)[Symbol.dispose]();
  using writer = new Database(path, { readwrite: true, create: false });
  writer.run("PRAGMA busy_timeout = 10000");
  writer.run("UPDATE machine SET node_cap = 17");
  const names = readdirSync(folder).toSorted();
  const before = names
    .filter((name) => !name.endsWith("-shm"))
    .map((name) => readFileSync(join(folder, name)));
  using store = openStoreToRead(path);
  expect(store.machine()?.node_cap).toBe(17);
  expect(readdirSync(folder).toSorted()).toEqual(names);
  const after = names
    .filter((name) => !name.endsWith("-shm"))
    .map((name) => readFileSync(join(folder, name)));
  expect(after).toEqual(before);
});

test("a log that a read-only run has left beside the database is made writable again", () => {
  openStore(path)[Symbol.dispose]();
  writeFileSync(`${path}-wal`, "");
  chmodSync(`${path}-wal`, 0o444);
  {
    using store = openStore(path);
    store.save({ nodes: [{ ...aNode(1), id: 1 as NodeId, crashes: 2 }] });
    expect(statSync(`${path}-wal`).mode).toBe(statSync(path).mode);
  }
});

test("a log without its index is replayed only in the copy", () => {
  openStore(path)[Symbol.dispose]();
  const kept = join(folder, "kept.db");
  {
    using writer = new Database(path, { readwrite: true, create: false });
    writer.run("UPDATE machine SET node_cap = 19");
    for (const suffix of ["", "-wal"]) writeFileSync(kept + suffix, readFileSync(path + suffix));
  }
  using store = openStoreToRead(kept);
  expect(store.machine()?.node_cap).toBe(19);
  expect(readdirSync(folder).filter((name) => name.startsWith("kept"))).toEqual(["kept.db", "kept.db-wal"]);
});

test("a journal and a log beside one database are both read, as SQLite does", () => {
  openStore(path)[Symbol.dispose]();
  const left = join(folder, "left.db");
  const other = join(folder, "other.db");
  copyFileSync(path, other);
  {
    using writer = new Database(other, { readwrite: true, create: false });
    writer.run("UPDATE machine SET node_cap = 23");
    writeFileSync(`${left}-wal`, readFileSync(`${other}-wal`));
  }
  {
    using writer = new Database(path, { readwrite: true, create: false });
    writer.run("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN");
    writer.run("UPDATE machine SET crisis_bytes = 7");
    writer.run("CREATE TABLE filler (content BLOB)");
    for (let i = 0; i < 100; i++) writer.run("INSERT INTO filler VALUES (zeroblob(4000))");
    for (const suffix of ["", "-journal"]) writeFileSync(left + suffix, readFileSync(path + suffix));
  }
  const names = readdirSync(folder).toSorted();
  using store = openStoreToRead(left);
  expect(store.machine()?.node_cap).toBe(23);
  expect(store.machine()?.crisis_bytes).not.toBe(7);
  expect(readdirSync(folder).toSorted()).toEqual(names);
  using recovered = new Database(left, { readwrite: true, create: false });
  expect(recovered.query("SELECT node_cap, crisis_bytes FROM machine").get()).toEqual({
    node_cap: 23,
    crisis_bytes: store.machine()?.crisis_bytes,
  });
});

test("a repeated query on an open colony is read once, and again after a change", () => {
  using store = openStore(path);
  const ids = () => store.nodes().map(({ id }) => Number(id));
  store.save({ nodes: [aNode(101), aNode(102)] });
  const before = ids();
  expect(store.nodes()).toBe(store.nodes());
  store.drop(102 as NodeId);
  expect(ids()).toEqual(before.filter((id) => id !== 102));
  store.save({ nodes: [aNode(103)] });
  expect(ids()).toEqual([...before.filter((id) => id !== 102), 103]);
});
