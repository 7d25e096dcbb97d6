import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { errorCode } from "../../src/base/errors.ts";
import { contentsOf } from "../../src/store/contents.ts";
import { replayWal } from "../../src/store/replay-wal.ts";

setDefaultTimeout(300_000);

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wnm-wal-"));
  path = join(folder, "colony.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The rows, or why SQLite returns none: a log cut behind a checkpoint leaves a database that it calls malformed. */
function all(db: Database): unknown {
  try {
    return db.query("SELECT * FROM t ORDER BY a").all();
  } catch (error) {
    return errorCode(error) ?? error;
  }
}

/** The rows that our own reading of the two files returns. */
function replayed(database: Uint8Array, wal: Uint8Array): unknown {
  const whole = Uint8Array.from(replayWal(database, wal));
  whole.set([1, 1], 18);
  using db = Database.deserialize(whole);
  return all(db);
}

/** The same from SQLite's own recovery. */
function recovered(database: Uint8Array, wal: Uint8Array): unknown {
  const copy = join(folder, "copy.db");
  for (const suffix of ["", "-wal", "-shm"]) rmSync(copy + suffix, { force: true });
  writeFileSync(copy, database);
  writeFileSync(`${copy}-wal`, wal);
  using db = new Database(copy);
  return all(db);
}

const step = fc.record({
  rows: fc.array(fc.tuple(fc.nat(60), fc.nat(6000)), { minLength: 1, maxLength: 20 }),
  kind: fc.constantFrom("commit", "commit", "commit", "roll back", "checkpoint"),
});

test("for any log, cut anywhere, the same transactions count as in SQLite", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(512, 1024, 4096),
      fc.array(step, { maxLength: 12 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 3 }),
      (page_size, steps, cuts) => {
        for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
        using db = new Database(path);
        db.run(`PRAGMA page_size = ${page_size}; PRAGMA synchronous = OFF`);
        db.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)");
        db.run("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
        // The log is created with the first change.
        db.run("INSERT INTO t VALUES (1000, NULL)");
        for (const { rows, kind } of steps) {
          db.run("BEGIN");
          for (const [a, length] of rows)
            db.query("INSERT OR REPLACE INTO t VALUES (?, ?)").run(a, Buffer.alloc(length, a));
          db.run(kind === "roll back" ? "ROLLBACK" : "COMMIT");
          if (kind === "checkpoint") db.run("PRAGMA wal_checkpoint(PASSIVE)");
        }
        const database = readFileSync(path);
        const wal = readFileSync(`${path}-wal`);
        expect(replayed(database, wal)).toEqual(all(db));
        expect(all(db)).toBeArray();
        for (const cut of cuts) {
          const shorter = wal.subarray(0, Math.floor(cut * wal.length));
          expect(replayed(database, shorter)).toEqual(recovered(database, shorter));
        }
      },
    ),
    {
      numRuns: 60,
      // The log still begins with a smaller database than the one that the checkpoint has created.
      examples: [[512, [{ rows: [[0, 474]], kind: "checkpoint" }], [0.2610294117647059]]],
    },
  );
});

test("a log with a flipped bit counts up to that point, as in SQLite", () => {
  using db = new Database(path);
  db.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB); PRAGMA journal_mode = WAL");
  for (let a = 1; a <= 20; a++) db.query("INSERT INTO t VALUES (?, ?)").run(a, Buffer.alloc(900, a));
  const database = readFileSync(path);
  const wal = readFileSync(`${path}-wal`);
  fc.assert(
    fc.property(fc.nat(wal.length - 1), fc.nat(7), (at, bit) => {
      const turned = Buffer.from(wal);
      turned[at] = (turned[at] ?? 0) ^ (1 << bit);
      expect(replayed(database, turned)).toEqual(recovered(database, turned));
    }),
    { numRuns: 60 },
  );
});

test("a read beside a busy writer always shows a single moment", async () => {
  {
    using db = new Database(path);
    db.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER, c BLOB); PRAGMA journal_mode = WAL");
    for (let a = 1; a <= 200; a++) db.query("INSERT INTO t VALUES (?, 100, zeroblob(900))").run(a);
  }
  // Each transaction moves an amount from one row to another: the sum stays the same. The log is put back often.
  const writing = `
    import { Database } from "bun:sqlite";
    const db = new Database(${JSON.stringify(path)});
    db.run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 8");
    const any = () => 1 + Math.floor(Math.random() * 200);
    for (;;) {
      const move = db.query("UPDATE t SET b = b + ? WHERE a = ?");
      db.transaction(() => { move.run(-1, any()); move.run(1, any()); })();
      await Bun.sleep(Math.random() < 0.5 ? 0 : 4);
    }`;
  const writer = Bun.spawn([process.execPath, "-e", writing], { stdout: "ignore", stderr: "inherit" });
  try {
    const states = new Set<string>();
    for (const end = performance.now() + 4_000; performance.now() < end; ) {
      const { database, wal } = contentsOf(path);
      const whole = Uint8Array.from(wal === undefined ? database : replayWal(database, wal));
      whole.set([1, 1], 18);
      using db = Database.deserialize(whole);
      expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      expect(db.query("SELECT sum(b) AS sum FROM t").get()).toEqual({ sum: 20_000 });
      states.add(JSON.stringify(db.query("SELECT b FROM t").values()));
    }
    expect(states.size).toBeGreaterThan(5);
    expect(writer.exitCode).toBe(null);
  } finally {
    writer.kill("SIGKILL");
    await writer.exited;
  }
});

test("a log with a zeroed header is empty, whatever follows", () => {
  using db = new Database(path);
  db.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB); PRAGMA journal_mode = WAL");
  copyFileSync(path, join(folder, "before.db"));
  db.run("INSERT INTO t VALUES (1, NULL)");
  const wal = readFileSync(`${path}-wal`).fill(0, 0, 32);
  expect(replayed(readFileSync(join(folder, "before.db")), wal)).toEqual([]);
});
