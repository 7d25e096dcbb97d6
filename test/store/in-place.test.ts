import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeId } from "../../src/model/node.ts";
import { openStore, readStored, type Store } from "../../src/store/colony.ts";
import { createDatabase } from "../../src/store/create-database.ts";
import { insertMachine } from "../../src/store/machine.ts";
import { migrate } from "../../src/store/migrate.ts";
import { openInPlace } from "../../src/store/read-database.ts";
import { aConfig, aNode, NOW } from "../support/builders.ts";

let folder: string;
let database: string;
beforeEach(() => {
  // A name whose characters have a meaning in a URI.
  folder = mkdtempSync(join(tmpdir(), "wnm in-place?#%20-"));
  database = join(folder, "colony.db");
  createDatabase(database, (db) => insertMachine(db, aConfig({ rewards_address: "donate" }), 4));
  {
    using store = openStore(database);
    store.save({ nodes: [aNode(1)] });
  }
  age();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Pretends that nobody has written for a minute. */
function age(): void {
  const at = new Date(Date.now() - 60_000);
  utimesSync(database, at, at);
}

const isReadInPlace = (): boolean => {
  const found = openInPlace(database);
  found?.db.close();
  return found !== undefined;
};

const statusOf = (store: Store) => store.nodes().map(({ status }) => status);

test("an idle database is read in place, and no byte of its folder changes", async () => {
  const files = readdirSync(folder);
  const before = await Bun.file(database).bytes();
  expect(isReadInPlace()).toBe(true);
  expect(await readStored(database, async (store) => statusOf(store))).toEqual(["RUNNING"]);
  expect(readdirSync(folder)).toEqual(files);
  expect(await Bun.file(database).bytes()).toEqual(before);
});

test("a copy is read when somebody has written recently or has not finished", () => {
  const now = new Date();
  utimesSync(database, now, now);
  expect(isReadInPlace()).toBe(false);
  age();
  for (const left of ["-journal", "-shm"]) {
    writeFileSync(database + left, "");
    expect(isReadInPlace()).toBe(false);
    rmSync(database + left);
  }
  const open = new Database(database, { readwrite: true });
  open.run("PRAGMA locking_mode = EXCLUSIVE");
  open.run("PRAGMA journal_mode = WAL");
  open.run("UPDATE node SET status = 'STOPPED'");
  age();
  expect(isReadInPlace()).toBe(false);
  open.close();
});

test("what was read during a write is discarded and read again", async () => {
  const seen: unknown[] = [];
  const result = await readStored(database, async (store) => {
    seen.push(statusOf(store));
    if (seen.length === 1) {
      using writer = openStore(database);
      writer.save({ nodes: [aNode(1, { status: "STOPPED", wanted: "stopped", status_since: NOW })] });
    }
    return statusOf(store);
  });
  expect([seen, result]).toEqual([[["RUNNING"], ["STOPPED"]], ["STOPPED"]]);
});

test("an error counts only if a copy gives it too", async () => {
  let calls = 0;
  const failing = (times: number) =>
    readStored(database, async () => {
      calls += 1;
      if (calls <= times) throw new Error("torn");
      return calls;
    });
  expect(await failing(1)).toBe(2);
  calls = 0;
  await expect(failing(2)).rejects.toThrow("torn");
});

test("an older wnm's database is migrated in a copy, including the index on a node's events", async () => {
  {
    using db = new Database(database, { readwrite: true });
    db.run("DROP INDEX event_node");
    db.run("PRAGMA user_version = 14");
  }
  age();
  expect(isReadInPlace()).toBe(false);
  expect(await readStored(database, async (store) => store.events({ nodes: [1 as NodeId] }))).toEqual([]);
  using db = new Database(database, { readwrite: true });
  migrate(db);
  const plan = db
    .query<{ detail: string }, []>(
      `EXPLAIN QUERY PLAN SELECT at FROM event WHERE at >= 0 AND at <= 9
       AND node IN (SELECT value FROM json_each('[1]')) ORDER BY at, id`,
    )
    .all();
  expect(plan.map(({ detail }) => detail).join("\n")).toContain("event_node (node=? AND at>? AND at<?)");
});
