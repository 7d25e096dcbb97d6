import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import type { Container } from "../../src/model/container.ts";
import type { Node } from "../../src/model/node.ts";
import { readContainers, saveContainer } from "../../src/store/containers.ts";
import { createTables } from "../../src/store/migrate.ts";
import { readNodes, saveNodes } from "../../src/store/nodes.ts";
import { aNode } from "../support/builders.ts";

// Many databases are created, and each of them is migrated.
setDefaultTimeout(300_000);

const none = () => new Set<undefined>();
const read = (db: Database) => readNodes(db, "setsid+user", new Map(), none);

function colony(...nodes: readonly Node[]): Database {
  const db = new Database(":memory:");
  createTables(db);
  saveNodes(db, nodes, new Map());
  return db;
}

const columnsOf = (db: Database, table: string): readonly string[] =>
  db
    .query<{ name: string }, []>(`PRAGMA table_info(${table})`)
    .all()
    .map(({ name }) => name);

/** Every type of SQLite, and values that have caused problems. */
const hostile = fc.oneof(
  fc.constantFrom<string | number | null>(
    null,
    "",
    -1,
    0,
    1.5,
    2 ** 31,
    2 ** 53,
    1e300,
    -1e300,
    "NaN",
    "0x1",
    "a\nb",
  ),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.string(),
  fc.uint8Array({ maxLength: 8 }),
);

test("whatever a column of a node holds, the row is read or set aside, and no other row is affected", () => {
  const db = colony(aNode(1), aNode(2), aNode(3));
  const columns = columnsOf(db, "node").filter((name) => name !== "id");
  const [first, , third] = read(db).nodes;
  fc.assert(
    fc.property(fc.constantFrom(...columns), hostile, (column, value) => {
      db.run("SAVEPOINT before");
      try {
        db.query(`UPDATE node SET ${column} = ? WHERE id = 2`).run(value as string);
      } catch {
        // The column may not be NULL.
        db.run("RELEASE before");
        return;
      }
      const { nodes, unreadable } = read(db);
      expect([nodes[0], nodes.at(-1)]).toEqual([first, third]);
      expect(nodes.length + unreadable.length).toBe(3);
      const [, second, last] = nodes;
      if (last !== undefined && second !== undefined) {
        for (const field of [second.port, second.metrics_port, second.rpc_port, second.status_since])
          expect(Number.isSafeInteger(field)).toBe(true);
        // What was read can be written and is then read unchanged.
        saveNodes(db, [second], new Map());
        expect(read(db).nodes[1]).toEqual(second);
      } else expect(unreadable).toMatchObject([{ id: 2 }]);
      db.run("ROLLBACK TO before");
      db.run("RELEASE before");
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["port", 0],
  ["metrics_port", 65_536],
  ["root_dir", "/srv/../etc"],
  ["root_dir", "relative"],
  ["binary", "/a\nb"],
  ["service", "-x"],
  ["service", "a/b"],
  ["wallet", "donate"],
  ["status", ""],
  ["status", "running"],
  ["manager_type", "systemd+"],
  ["pid", 0],
  ["crashes", -1],
  ["timestamp", 1.5],
] as const)("a row with %s %p is set aside", (column, value) => {
  const db = colony(aNode(1));
  db.query(`UPDATE node SET ${column} = ?`).run(value);
  const { nodes, unreadable } = read(db);
  expect([nodes.length, unreadable[0]?.because]).toEqual([0, `${column} is ${JSON.stringify(value)}`]);
});

test("invalid node numbers are set aside", () => {
  const db = colony(aNode(1));
  for (const id of [0, -5, 2 ** 40]) {
    db.query("UPDATE node SET id = ?").run(id);
    expect(read(db)).toMatchObject({ nodes: [], unreadable: [{ id: undefined }] });
  }
});

test("the ports of a row that is set aside stay known, so that no other node gets them", () => {
  const db = colony(aNode(1, { port: 55_007, metrics_port: 13_009 }));
  db.run("UPDATE node SET status = 'ODD'");
  expect(read(db).unreadable).toMatchObject([{ id: 1, ports: [55_007, 13_009] }]);
});

test("wnm can read back whatever it computes, even under a wrong clock", () => {
  const computed = fc.oneof(
    fc.constantFrom(-2, -1, 0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, -1e300, 2 ** 60),
    fc.double(),
  );
  const fields = [
    ...["records", "uptime", "mem", "cpu", "shunned", "live_time", "cpu_seconds", "data_bytes"],
    ...["silent_since", "peers_at", "died_at"],
  ] as const;
  fc.assert(
    fc.property(fc.constantFrom(...fields), computed, (field, value) => {
      // A moment is computed from whole seconds.
      if (["silent_since", "peers_at", "died_at"].includes(field) && !Number.isFinite(value)) return;
      const db = colony(aNode(1, { [field]: value }), aNode(2));
      expect(read(db)).toMatchObject({ nodes: [{ id: 1 }, { id: 2 }], unreadable: [] });
    }),
  );
  const before = aNode(1, { status_since: -86_400, born_at: -5, silent_since: -1 });
  expect(read(colony(before)).nodes[0]).toMatchObject({
    status_since: -86_400,
    born_at: -5,
    silent_since: -1,
  });
});

test("a value that could not be read back is not stored", () => {
  expect(() => colony(aNode(1, { port: 70_000 }))).toThrow(/port 70000/);
});

test("earnings keep every digit, in whatever form Python wnm stored them", () => {
  const db = colony(aNode(1, { rewards: 9_007_199_254_740_993n }));
  expect(db.query("SELECT rewards, typeof(rewards) AS type FROM node").get()).toEqual({
    rewards: "9007199254740993",
    type: "text",
  });
  for (const [stored, amount] of [
    ["123456789012345678901", 123_456_789_012_345_678_901n],
    ["0", 0n],
    ["1.2e18", 1_200_000_000_000_000_000n],
    ["17.0", 17n],
    ["None", undefined],
    ["-3", undefined],
    [null, undefined],
  ] as const) {
    db.query("UPDATE node SET rewards = ?").run(stored);
    expect(read(db).nodes[0]?.rewards).toBe(amount as bigint);
  }
});

const CONTAINER: Container = {
  id: 1,
  name: "a1-x",
  engine_id: "e1",
  image: "iweave/antnode:latest",
  status: "NEW",
  created_at: 5,
  port_range_start: 55_001,
  port_range_end: 55_200,
  metrics_port_range_start: 13_001,
  metrics_port_range_end: 13_200,
  storage: "/srv/node",
};

test("whatever a column of a container holds, the row is read or set aside together with its nodes", () => {
  const db = colony(aNode(1), aNode(2, { container_id: 1 }), aNode(3, { container_id: 2 }));
  saveContainer(db, CONTAINER);
  saveContainer(db, { ...CONTAINER, id: 2, engine_id: "e2", name: "a2-x" });
  const columns = columnsOf(db, "container").filter((name) => name !== "id");
  fc.assert(
    fc.property(fc.constantFrom(...columns), hostile, (column, value) => {
      db.run("SAVEPOINT before");
      try {
        db.query(`UPDATE container SET ${column} = ? WHERE id = 2`).run(value as string);
      } catch {
        db.run("RELEASE before");
        return;
      }
      const { containers, unreadable } = readContainers(db);
      expect([containers[0], containers.length + unreadable.length]).toEqual([CONTAINER, 2]);
      const lost = new Set(unreadable.map(({ id }) => id));
      const { nodes } = readNodes(db, "setsid+user", new Map(), () => lost);
      expect(nodes.map(({ id }) => Number(id))).toEqual(lost.size === 0 ? [1, 2, 3] : [1, 2]);
      db.run("ROLLBACK TO before");
      db.run("RELEASE before");
    }),
    { numRuns: 1000 },
  );
});
