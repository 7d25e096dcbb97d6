import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Node, NodeId } from "../../src/model/node.ts";
import { type MachineConfig, SETTING_NAMES } from "../../src/settings/machine.ts";
import { openStore, openStoreToRead } from "../../src/store/colony.ts";
import { handBack } from "../../src/store/database.ts";
import { isReleased } from "../../src/store/read-database.ts";

setDefaultTimeout(300_000);

const FILES = join(import.meta.dir, "../fixtures/colony");
const VERSIONS = ["0.0.18", "0.3.0", "0.3.21", "0.5.0", "0.5.8", "0.6.3"] as const;
/** The meaning of a column that the oldest files do not have. */
const ADDED: Readonly<Record<string, unknown>> = {
  delay_restart: 600,
  survey_delay: 0,
  action_delay: 0,
  rpc_port_start: 30,
  max_concurrent_operations: 1,
  max_node_per_container: 200,
  min_container_count: 1,
  docker_image: "iweave/antnode:latest",
  no_upnp: true,
  antnode_path: "~/.local/bin/antnode",
  antctl_path: "~/.local/bin/antctl",
  antctl_debug: false,
  antctl_version: undefined,
  highest_node_id_used: undefined,
};
/** Old column -> new meaning, for the columns whose value changes its form. */
const MEANS: Readonly<Record<string, (value: unknown, row: Row) => readonly [keyof Node, unknown]>> = {
  timestamp: (value) => ["status_since", value],
  age: (value) => ["born_at", value],
  container_id: (value) => ["container_id", value ?? undefined],
  peer_id: (value) => ["peer_id", value || undefined],
  environment: (value) => ["environment", value || undefined],
  rewards: (value) => ["rewards", BigInt(String(value))],
  log_dir: (value, row) => [
    "log_dir",
    value ?? String(row.root_dir).replace("/autonomi/node/", "/autonomi/logs/"),
  ],
};

type Row = Readonly<Record<string, unknown>>;
type Rows = { readonly machine: Row; readonly nodes: readonly Row[]; readonly stamp: string | undefined };

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wnm-colony-"));
  path = join(folder, "colony.db");
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

const take = (version: string): void => copyFileSync(join(FILES, `wnm-v${version}.db`), path);
const bytes = (file = path): Buffer => readFileSync(file);

function rowsOf(file: string): Rows {
  using db = new Database(file, { readonly: true });
  const stamped = db.query("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").get() !== null;
  return {
    machine: db.query<Row, []>("SELECT * FROM machine").get() ?? {},
    nodes: db.query<Row, []>("SELECT * FROM node ORDER BY id").all(),
    stamp: stamped
      ? db.query<{ version_num: string }, []>("SELECT version_num FROM alembic_version").get()?.version_num
      : undefined,
  };
}

function columnsIn(db: Database, table: string): readonly string[] {
  return db
    .query<{ name: string }, []>(`PRAGMA table_info(${table})`)
    .all()
    .map(({ name }) => name);
}

/** Runs statements on the file as it is. */
function edit(...statements: readonly string[]): void {
  using db = new Database(path);
  for (const statement of statements) db.run(statement);
}

function migrated(): { machine: Partial<MachineConfig>; nodes: readonly Node[] } {
  using store = openStore(path);
  return { machine: store.machine() ?? {}, nodes: store.nodes() };
}

function expectSettings(found: Partial<MachineConfig>, row: Row): void {
  const python = rowsOf(join(FILES, "wnm-v0.5.0.db")).machine;
  for (const name of SETTING_NAMES.filter((known) => known in python)) {
    if (!(name in row)) expect({ [name]: found[name] }).toEqual({ [name]: ADDED[name] as never });
    // Python wnm stored them but did not use them.
    else if (name === "start_args") expect(found[name]).toBeUndefined();
    else if (name === "node_storage") expect(found[name]).toEqual([String(row[name])]);
    else if (typeof found[name] === "boolean") expect(found[name] as boolean).toBe(row[name] === 1);
    else
      expect({ [name]: found[name] }).toEqual({
        [name]: (row[name] || row[name] === 0 ? row[name] : undefined) as never,
      });
  }
}

function expectNode(found: Node | undefined, row: Row): void {
  for (const [column, value] of Object.entries(row)) {
    if (column === "machine_id") continue;
    const [field, meaning] = MEANS[column]?.(value, row) ?? [column as keyof Node, value];
    expect({ [column]: found?.[field] }).toEqual({ [column]: meaning as never });
  }
}

describe.each(VERSIONS)("a colony of Python wnm %s", (version) => {
  beforeEach(() => take(version));

  test("keeps every setting and every node, row by row", () => {
    const before = rowsOf(path);
    const { machine, nodes } = migrated();
    expectSettings(machine, before.machine);
    expect(nodes).toHaveLength(before.nodes.length);
    for (const [i, row] of before.nodes.entries()) expectNode(nodes[i], row);
    for (const { status, wanted } of nodes)
      expect([status, wanted]).toEqual([
        status,
        status === "RUNNING" || status === "RESTARTING" ? "running" : "stopped",
      ]);
  });

  test("keeps every old column with its value in the file", () => {
    const before = rowsOf(path);
    migrated();
    const after = rowsOf(path);
    expect(after.machine).toMatchObject({ ...before.machine });
    expect(after.nodes).toMatchObject(before.nodes.map((row) => ({ ...row })));
    expect(after.stamp).toBe("e2f4a512d24c");
  });

  test("has all columns of 0.5.0 afterwards, and none that Python wnm would have to fill", () => {
    migrated();
    using db = new Database(path, { readonly: true });
    using latest = new Database(join(FILES, "wnm-v0.5.0.db"), { readonly: true });
    for (const table of ["machine", "node", "container"]) {
      expect(columnsIn(db, table)).toEqual(expect.arrayContaining([...columnsIn(latest, table)]));
      const python = new Set(columnsIn(latest, table));
      const demanding = db
        .query<{ name: string; notnull: number; dflt_value: unknown }, []>(`PRAGMA table_info(${table})`)
        .all()
        .filter((column) => !python.has(column.name) && column.notnull === 1 && column.dflt_value === null);
      expect(demanding).toEqual([]);
    }
  });

  test("is backed up first, byte for byte, for its owner only", () => {
    const before = bytes();
    migrated();
    const backups = readdirSync(folder).filter((name) => name.endsWith(".bak"));
    expect(backups).toHaveLength(1);
    expect(bytes(join(folder, backups[0] ?? "")).equals(before)).toBe(true);
    expect(statSync(join(folder, backups[0] ?? "")).mode & 0o777).toBe(0o600);
  });

  test("is reported on without changing a byte", () => {
    const before = bytes();
    using store = openStoreToRead(path);
    expect(store.nodes()).toHaveLength(rowsOf(path).nodes.length);
    expectSettings(store.machine() ?? {}, rowsOf(path).machine);
    expect(bytes().equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(["colony.db"]);
  });

  test("is migrated with any of the later columns missing", () => {
    const python = rowsOf(join(FILES, "wnm-v0.0.18.db"));
    const later = Object.keys(rowsOf(path).machine).filter((name) => !(name in python.machine));
    for (let gone = 0; gone <= later.length; gone++) {
      take(version);
      edit(
        "DROP TABLE IF EXISTS alembic_version",
        ...later.slice(gone).map((name) => `ALTER TABLE machine DROP COLUMN ${name}`),
      );
      const before = rowsOf(path);
      expectSettings(migrated().machine, before.machine);
    }
  });
});

describe("a backup", () => {
  test.each([
    ["0.0.18", "eeec2af7114c"],
    ["0.3.0", "fa0ca0abff5c"],
    ["0.3.21", "67fe02809d26"],
    ["0.5.0", "e2f4a512d24c"],
    ["0.6.3", "e2f4a512d24c"],
  ])("of %s is named after revision %s", (version, revision) => {
    take(version);
    migrated();
    expect(readdirSync(folder)).toContain(`colony.db.${revision}.bak`);
  });

  test("is not made again when the migration is retried", () => {
    take("0.5.0");
    copyFileSync(path, `${path}.e2f4a512d24c.bak`);
    migrated();
    expect(readdirSync(folder).filter((name) => name.endsWith(".bak"))).toEqual([
      "colony.db.e2f4a512d24c.bak",
    ]);
  });

  test("never overwrites an earlier one, and the newest three are kept", () => {
    for (const cap of [11, 12, 13, 14, 15]) {
      for (const name of readdirSync(folder).filter((file) => !file.endsWith(".bak")))
        rmSync(join(folder, name));
      take("0.5.0");
      edit(`UPDATE machine SET node_cap = ${cap}`);
      migrated();
    }
    const backups = readdirSync(folder).filter((name) => name.endsWith(".bak"));
    expect(backups).toHaveLength(3);
    const caps = backups.map((name) => rowsOf(join(folder, name)).machine.node_cap);
    expect(caps.toSorted()).toEqual([13, 14, 15]);
  });

  test("that cannot be made stops the migration", () => {
    take("0.3.0");
    const before = bytes();
    // A folder in the backup's place cannot be replaced by a file.
    mkdirSync(`${path}.bak.new/full`, { recursive: true });
    expect(() => openStore(path)).toThrow(/no backup/);
    expect(bytes().equals(before)).toBe(true);
  });
});

test.each(["''", "x'00ff'", "7", "'newest'"])(
  "an invalid revision (%s) is not taken for a newer Python wnm: the columns decide",
  (stored) => {
    take("0.5.0");
    edit(`UPDATE alembic_version SET version_num = ${stored}`);
    openStore(path)[Symbol.dispose]();
    edit(`UPDATE alembic_version SET version_num = ${stored}`);
    using store = openStore(path);
    expect(store.machine()).toBeDefined();
  },
);

describe("an unusable file is refused with a sentence and left alone", () => {
  const cases: readonly (readonly [string, () => void, RegExp])[] = [
    [
      "garbage",
      () => writeFileSync(path, "this is not a database, however long it may be".repeat(200)),
      /not a database/,
    ],
    ["nothing", () => writeFileSync(path, ""), /not a database of wnm/],
    ["half of it", () => truncateSync(path, 20_480), /damaged|malformed/],
    ["a cut in a page", () => truncateSync(path, bytes().length - 1000), /damaged|malformed/],
    ["a page of zeros", () => zeroPage(5), /damaged|malformed/],
    ["other tables", () => edit("DROP TABLE node"), /not a database of wnm/],
    ["a newer wnm's", () => edit("PRAGMA user_version = 99"), /newer wnm/],
    [
      "a newer Python wnm's",
      () => edit("UPDATE alembic_version SET version_num = 'ffffffffffff'"),
      /newer Python wnm/,
    ],
    [
      "a table without its heart",
      () => edit("DROP INDEX ix_node_status", "ALTER TABLE node DROP COLUMN status"),
      /lacks the column status/,
    ],
    [
      "an unknown column to fill",
      () => edit("ALTER TABLE node RENAME COLUMN layout TO shape"),
      /does not know|lacks/,
    ],
    ["no settings", () => edit("DELETE FROM machine"), /is incomplete/],
  ];
  test.each(cases)("%s", (_, spoil, message) => {
    take("0.5.0");
    spoil();
    const before = bytes();
    expect(() => openStore(path)).toThrow(message);
    expect(bytes().equals(before)).toBe(true);
    expect(() => openStoreToRead(path)).toThrow(message);
    expect(bytes().equals(before)).toBe(true);
  });

  function zeroPage(number: number): void {
    const content = bytes();
    content.fill(0, (number - 1) * 4096, number * 4096);
    writeFileSync(path, content);
  }
});

describe("old rows keep their meaning", () => {
  const first = (): Node => {
    const [node] = migrated().nodes;
    if (node === undefined) throw new Error("no node");
    return node;
  };
  beforeEach(() => take("0.5.0"));

  test("a manager without a mode gets the colony's mode, or that of its folder", () => {
    edit("UPDATE node SET manager_type = 'systemd'");
    expect(first().manager_type).toBe("systemd+user");
    edit(
      "UPDATE node SET manager_type = 'systemd', root_dir = '/var/antctl/services/antnode0001' WHERE id = 1",
    );
    expect(first()).toMatchObject({ manager_type: "systemd+sudo", log_dir: "/var/log/antnode/antnode0001" });
    edit("UPDATE node SET manager_type = 'setsid' WHERE id = 1");
    expect(first().manager_type).toBe("setsid+sudo");
  });

  test("a colony without a manager, or without its mode, gets those of its folders", () => {
    edit("UPDATE machine SET process_manager = NULL");
    expect(migrated().machine.process_manager).toBe("systemd+user");
    edit(
      "UPDATE machine SET process_manager = 'launchd', node_storage = '/Library/Application Support/autonomi/node'",
    );
    expect(migrated().machine.process_manager).toBe("launchd+sudo");
  });

  test("root's colony that was recorded as a user's before it had nodes is a system colony", () => {
    edit("DELETE FROM node", "UPDATE machine SET node_storage = '/var/antctl/services'");
    expect(migrated().machine.process_manager).toBe("systemd+sudo");
  });

  test("such a colony with nodes keeps the mode of its nodes", () => {
    edit("UPDATE machine SET node_storage = '/var/antctl/services'");
    expect(migrated().machine.process_manager).toBe("systemd+user");
  });

  test.each([
    ["DEAD", "stopped"],
    ["STOPPED", "stopped"],
    ["REMOVING", "stopped"],
    ["DISABLED", "stopped"],
    ["RUNNING", "running"],
    ["RESTARTING", "running"],
    ["UPGRADING", "running"],
  ] as const)("%s stays, and the node was wanted %s", (status, wanted) => {
    edit(`UPDATE node SET status = '${status}', timestamp = 5`);
    expect(first()).toMatchObject({ status, wanted, status_since: 5 });
  });

  test.each(["0001", "antnode0001", "1", "antnode1"])("node_name %s is read as 0001", (name) => {
    edit(`UPDATE node SET node_name = '${name}' WHERE id = 1`);
    expect(first().node_name).toBe("0001");
  });

  test("ports that do not follow the formula are kept", () => {
    edit("UPDATE node SET port = 61234, metrics_port = 14000, rpc_port = 0 WHERE id = 1");
    expect(first()).toMatchObject({ port: 61_234, metrics_port: 14_000, rpc_port: 0 });
  });

  test("the names and minutes of the first releases are understood", () => {
    take("0.0.18");
    const renamed = rowsOf(path).machine;
    const camel = (name: string) =>
      name.replaceAll(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
    const later = [
      "host",
      "crisis_bytes",
      "environment",
      "start_args",
      "process_manager",
      "metrics_port_start",
    ];
    const kept = Object.keys(renamed).filter((name) => name !== "id" && !later.includes(name));
    edit(
      ...later.map((name) => `ALTER TABLE machine DROP COLUMN ${name}`),
      ...kept.map((name) => `ALTER TABLE machine RENAME COLUMN ${name} TO ${camel(name)}`),
      "ALTER TABLE node RENAME COLUMN node_name TO nodename",
      "ALTER TABLE node DROP COLUMN manager_type",
      "UPDATE machine SET DelayStart = 5, DelayUpgrade = 6, DelayRemove = 7",
    );
    const { machine, nodes } = migrated();
    expect(machine).toMatchObject({
      node_cap: 7,
      delay_start: 300,
      delay_upgrade: 360,
      delay_remove: 420,
      metrics_port_start: 13,
    });
    expect(nodes[0]).toMatchObject({ node_name: "0001", manager_type: "systemd+user" });
    expect(readdirSync(folder)).toContain("colony.db.0.0.9.bak");
  });
});

test("a released colony is recognised as released until a run works on it again", () => {
  take("0.5.0");
  expect(isReleased(path)).toBe(false);
  migrated();
  handBack(path, 1_800_000_000);
  expect(isReleased(path)).toBe(true);
  {
    using store = openStore(path);
    store.save({ run: { ended_at: 1_800_000_060, duration_ms: 9, status: "idle", done: 0, failed: 0 } });
  }
  expect(isReleased(path)).toBe(false);
});

test("programs remembered by the first revision are forgotten, because they included nodes' own files", () => {
  take("0.5.0");
  {
    using store = openStore(path);
    expect(store.machine()).toBeDefined();
  }
  const evil = "/srv/antnode0001/antnode";
  edit(
    "DROP TABLE program",
    "DROP TABLE program_file",
    "CREATE TABLE binary (path TEXT NOT NULL PRIMARY KEY, fingerprint TEXT NOT NULL, software TEXT NOT NULL, version TEXT NOT NULL, flags TEXT NOT NULL)",
    `INSERT INTO binary VALUES ('${evil}', '1', 'antnode', '9.9.9', '--root-dir')`,
    "PRAGMA user_version = 1",
  );
  using store = openStore(path);
  const sha256 = "ab".repeat(32);
  expect(store.programFile(evil)).toBeUndefined();
  const record = { sha256, software: "antnode", version: "0.4.17", flags: ["--port"] } as const;
  const file = { path: evil, fingerprint: "1:2", sha256 };
  store.save({ programs: { programs: [record], program_files: [file] } });
  expect([store.program(sha256), store.programFile(evil)]).toEqual([record, file]);
});

test("a copy made with SQL, which loses user_version, keeps what wnm recorded", () => {
  take("0.5.0");
  {
    using store = openStore(path);
    const [node] = store.nodes();
    if (node !== undefined) store.save({ nodes: [{ ...node, crashes: 3, problem: "it fell" }] });
  }
  edit("PRAGMA user_version = 0");
  expect(migrated().nodes[0]).toMatchObject({ crashes: 3, problem: "it fell", wanted: "running" });
});

test("a database of an earlier wnm, which counted no failures, gets the columns after a backup", () => {
  take("0.5.0");
  migrated();
  edit(
    ...["wanted_before", "removal_cause", "failures", "failed_action", "failed_at", "obstacle"].map(
      (column) => `ALTER TABLE node DROP COLUMN ${column}`,
    ),
    "UPDATE node SET status = 'REMOVING', problem = 'it fell' WHERE id = 1",
    "PRAGMA user_version = 1",
  );
  const [node] = migrated().nodes;
  expect(node).toMatchObject({ status: "REMOVING", problem: "it fell", failures: 0 });
  expect(node?.removal_cause).toBeUndefined();
  expect(readdirSync(folder)).toContain("colony.db.wnm1.bak");
});

test("the cause of a removal and the failed action read back as stored; unknown words are ignored", () => {
  take("0.5.0");
  const kept = {
    status: "REMOVING",
    wanted: "stopped",
    wanted_before: "running",
    removal_cause: "by hand",
    failures: 4,
    failed_action: "remove",
    failed_at: 77,
    obstacle: "abc",
  } as const;
  {
    using store = openStore(path);
    const [node] = store.nodes();
    if (node !== undefined) store.save({ nodes: [{ ...node, ...kept }] });
  }
  expect(migrated().nodes[0]).toMatchObject(kept);
  edit("UPDATE node SET removal_cause = 'x', failed_action = 'x', wanted_before = 'x' WHERE id = 1");
  const odd = migrated().nodes[0];
  expect([odd?.removal_cause, odd?.failed_action, odd?.wanted_before]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

describe("a colony that changes between Python wnm and wnm", () => {
  beforeEach(() => take("0.5.0"));

  test("keeps what wnm wanted while Python wnm leaves the row alone", () => {
    {
      using store = openStore(path);
      const [node] = store.nodes();
      if (node !== undefined) store.save({ nodes: [{ ...node, status: "STOPPED", wanted: "running" }] });
    }
    expect(migrated().nodes[0]?.wanted).toBe("running");
  });

  test("does not stop a node again that Python wnm has started since", () => {
    {
      using store = openStore(path);
      const [node] = store.nodes();
      if (node !== undefined)
        store.save({ nodes: [{ ...node, status: "STOPPED", wanted: "stopped", status_since: 9 }] });
    }
    edit("UPDATE node SET status = 'RUNNING', timestamp = 10 WHERE id = 1");
    expect(migrated().nodes[0]?.wanted).toBe("running");
  });

  test("includes a node that Python wnm adds", () => {
    migrated();
    edit(
      "CREATE TEMP TABLE copy AS SELECT * FROM node WHERE id = 1",
      `INSERT INTO node (${Object.keys(rowsOf(join(FILES, "wnm-v0.5.0.db")).nodes[0] ?? {}).join(", ")})
       SELECT 9, ${Object.keys(rowsOf(join(FILES, "wnm-v0.5.0.db")).nodes[0] ?? {})
         .slice(1)
         .join(", ")} FROM copy`,
    );
    expect(migrated().nodes.at(-1)).toMatchObject({ id: 9 as NodeId, crashes: 0, wanted: "running" });
  });
});

describe("writing only what differs from what was read", () => {
  beforeEach(() => take("0.5.0"));

  const changed = (node: Node, at: number): Node => ({
    ...node,
    status: at % 2 === 0 ? "STOPPED" : "RUNNING",
    status_since: at,
    wanted: at % 2 === 0 ? "stopped" : "running",
    uptime: at % 3 === 0 ? undefined : at,
    rewards: BigInt(at) * 10n ** 18n + 7n,
    problem: at % 2 === 0 ? `it fell ${at} times` : undefined,
    upgraded_itself: at % 2 === 0,
  });

  test("the latest save of a run is what is read back, after one save or five", () => {
    let last: readonly Node[];
    {
      using store = openStore(path);
      last = store.nodes();
      for (let at = 1; at <= 5; at++) {
        last = last.map((node) => changed(node, at));
        store.save({ nodes: last });
      }
    }
    expect(migrated().nodes).toEqual([...last]);
  });

  test("values that were read before a save are read again after it", () => {
    using store = openStore(path);
    const before = [store.machine()?.node_cap, store.sample(), store.storages()];
    expect(before).toEqual([7, undefined, []]);
    const sample = { boot_id: "b", taken_at: 1, uptime: 2, cpu_total: 3, cpu_idle: 4, cpu_iowait: 5 };
    const rates = {
      cpu_group_used: 5,
      disk_read_bytes: 6,
      disk_write_bytes: 7,
      net_read_bytes: 8,
      net_write_bytes: 9,
    };
    store.save({ settings: { node_cap: 8 }, sample: { ...sample, ...rates } });
    store.save({ storage: { path: "/n", id: "i" } });
    expect([store.machine()?.node_cap, store.sample(), store.storages()]).toEqual([
      8,
      { ...sample, ...rates },
      [{ path: "/n", id: "i" }],
    ]);
  });

  test("a save after a failed one writes everything that it contains", () => {
    migrated();
    edit("CREATE TRIGGER refuse BEFORE INSERT ON last_run BEGIN SELECT RAISE(ABORT, 'no'); END");
    let nodes: readonly Node[];
    {
      using store = openStore(path);
      nodes = store.nodes().map((node) => changed(node, 4));
      const run = { ended_at: 1, duration_ms: 1, status: "idle", done: 0, failed: 0 };
      expect(() => store.save({ nodes, run })).toThrow(/no/);
      store.save({ nodes });
    }
    expect(migrated().nodes).toEqual([...nodes]);
  });

  test("a node whose row was deleted in the meantime is not lost", () => {
    migrated();
    // A program that has the database open prevents wnm from having exclusive access.
    using other = new Database(path);
    other.query("SELECT 1 FROM node").get();
    using store = openStore(path);
    const nodes = store.nodes().map((node) => changed(node, 4));
    edit("DELETE FROM node WHERE id = 1");
    store.save({ nodes });
    using reader = openStoreToRead(path);
    expect(reader.nodes()).toEqual([...nodes]);
  });
});
