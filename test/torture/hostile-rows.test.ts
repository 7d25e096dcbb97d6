import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, rmSync } from "node:fs";
import fc from "fast-check";
import { livingProcess } from "../../src/os/processes/identity.ts";
import { MACHINE_SETTINGS, type SettingName } from "../../src/settings/machine.ts";
import { REPORTS } from "../../src/settings/reports.ts";
import type { StoredValue } from "../../src/settings/setting.ts";
import { SEED } from "../support/seed.ts";
import { until } from "../support/until.ts";
import { aColony, type Ended, type Wnm } from "../support/wnm.ts";
import { ageSample, livingNodes } from "./agreement.ts";

setDefaultTimeout(300_000);

/** WNM_HOSTILE_ROWS=2000 tries more, for hours. Each is a call of every report, and some others. */
const TRIES = Number(process.env.WNM_HOSTILE_ROWS ?? 12);

const TABLES = [
  "machine",
  "node",
  "container",
  "sample",
  "last_run",
  "storage",
  "program",
  "program_file",
  "bad_version",
];

let wnm: Wnm;
let columns: readonly (readonly [table: string, column: string])[];

beforeAll(async () => {
  wnm = await aColony("--node_cap=3");
  await wnm.ok(["--force_action", "add", "--count=3"]);
  await until(async () => {
    ageSample(wnm);
    await wnm.run([]);
    return wnm.nodes().every((row) => row.status === "RUNNING");
  }, "three running nodes");
  // Python wnm accepts percentages above 100; here a busy machine does not prevent the addition of a node.
  wnm.sql("UPDATE machine SET cpu_less_than = 200, cpu_remove = 201");
  wnm.sql("INSERT INTO bad_version (version, because, since) VALUES ('0.4.1', 'it fell', 5)");
  using db = new Database(wnm.database);
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  columns = TABLES.flatMap((table) =>
    db
      .query<{ name: string }, []>(`PRAGMA table_info(${table})`)
      .all()
      .map(({ name }) => [table, name] as const),
  );
});
afterAll(async () => {
  await wnm[Symbol.asyncDispose]();
});

/** The colony with one value changed behind wnm's back; false if SQLite itself refuses it. */
function spoil(table: string, column: string, value: Hostile): boolean {
  const where = table === "node" ? " WHERE id = 2" : "";
  const as_text = typeof value === "object" && value !== null && "bytes" in value;
  try {
    if (as_text) wnm.sql(`UPDATE ${table} SET ${column} = CAST(? AS TEXT)${where}`, value.bytes);
    else wnm.sql(`UPDATE ${table} SET ${column} = ?${where}`, value);
    return true;
  } catch {
    return false;
  }
}

async function everyCall(): Promise<readonly (Ended & { readonly args: string })[]> {
  const calls: readonly (readonly string[])[] = [
    [],
    ["--dry_run"],
    ["--force_action", "update_config", "--node_cap=3"],
    ...REPORTS.map((report) => ["--report", report]),
    ["--report", "node-status-details", "--json"],
  ];
  const ended: (Ended & { readonly args: string })[] = [];
  for (const args of calls) ended.push({ ...(await wnm.run(args)), args: args.join(" ") });
  return ended;
}

/** No bug and no signal; returns what a call says about itself. */
function expectSane(ended: Ended & { readonly args: string }): void {
  expect(`${ended.args}: ${ended.stderr}${ended.stdout}`).not.toContain("This is a bug");
  expect(`${ended.args}: ${ended.stderr}`).not.toMatch(/\n\s+at .*:\d+/);
  expect([0, 1, 2, 3, 5]).toContain(ended.code);
}

/** Runs `work` on a colony that is restored afterwards. */
async function onCopy(work: () => Promise<void>): Promise<void> {
  ageSample(wnm);
  copyFileSync(wnm.database, `${wnm.database}.kept`);
  try {
    await work();
  } finally {
    for (const suffix of ["-wal", "-shm"]) rmSync(wnm.database + suffix, { force: true });
    copyFileSync(`${wnm.database}.kept`, wnm.database);
  }
}

test.each([
  ["metrics_port", "NaN"],
  ["metrics_port", 1.5],
  ["port", 2 ** 31],
  ["port", -1],
  ["status", "SLEEPING"],
  ["manager_type", "openrc+user"],
  ["software", "safenode"],
  ["wallet", "0x123"],
  ["root_dir", "../../etc"],
  ["root_dir", new Uint8Array([1, 2, 3])],
  ["service", "--all"],
  ["timestamp", "yesterday"],
  ["pid", -5],
  ["network", new Uint8Array(0)],
] as const)(
  "a node whose %s is %p is left alone; the others are managed, and reports continue",
  async (column, value) => {
    const row = wnm.nodes()[1] ?? {};
    ageSample(wnm);
    expect(spoil("node", column, value)).toBe(true);
    try {
      const before = JSON.stringify(wnm.nodes()[1]);
      await wnm.kill(3);
      const run = await wnm.run([]);
      expectSane({ ...run, args: "" });
      expect(run.code).toBe(3);
      expect(run.stderr).toContain(`The row of antnode0002 cannot be read (${column} is `);
      // The killed node is back, no number was used twice, and the row is unchanged.
      await until(() => livingProcesses(1, 3) === 2, "the killed node to be back");
      expect(wnm.nodes().map(({ id }) => id)).toEqual([1, 2, 3]);
      expect(JSON.stringify(wnm.nodes()[1])).toBe(before);
      const forced = await wnm.run(["--force_action", "remove", "--service_name=antnode0002"]);
      expect([forced.code, forced.stderr]).toEqual([2, expect.stringContaining("cannot be read")]);
      const report = await wnm.ok(["--report", "node-status"]);
      expect(report.stdout).not.toContain("antnode0002");
      expect(report.stderr).toContain("antnode0002 cannot be read");
    } finally {
      spoil("node", column, row[column] as string);
      wnm.sql("UPDATE node SET crashes = 0, timestamp = timestamp - 3600 WHERE id = 3");
    }
  },
);

/** How many of the nodes have a recorded process that lives. */
const livingProcesses = (...ids: readonly number[]): number =>
  wnm
    .nodes()
    .filter(({ id, pid }) => ids.includes(Number(id)) && livingProcess(Number(pid ?? 0)) !== undefined)
    .length;

test.each([
  ["rewards_address", "garbage", "no node is added, and only nodes with a wallet of their own are started"],
  ["rewards_address", "", "no node is added, and only nodes with a wallet of their own are started"],
  [
    "rewards_address",
    "0x1111111111111111111111111111111111111111:x",
    "no node is added, and only nodes with a wallet of their own are started",
  ],
  ["donate_address", "0x12", "no node is added, and only nodes with a wallet of their own are started"],
  ["environment", "A='b", "no node is added or started"],
  ["antnode_path", "antnode", "no node is added or started"],
  ["port_start", 1.5, "no node is added"],
  ["node_storage", new Uint8Array([7]), "no node is added"],
  ["process_manager", "openrc", "no node is added"],
  ["evm_network", "mainnet", "no node is added"],
  ["node_cap", -1, "wnm adds, starts, stops, upgrades and removes no node unless told to"],
  ["hd_remove", "many", "wnm adds, starts, stops, upgrades and removes no node unless told to"],
  ["delay_remove", -300, "wnm removes no node unless told to"],
] as const)(
  "with %s stored as %p nothing that depends on it is done: %s",
  async (name, value, consequence) => {
    await onCopy(async () => {
      // Otherwise more would be added, or one too many removed.
      wnm.sql("UPDATE machine SET node_cap = ?", name === "delay_remove" ? 2 : 9);
      expect(spoil("machine", name, value)).toBe(true);
      const run = await wnm.run([]);
      expectSane({ ...run, args: "" });
      expect(run.code).toBe(3);
      expect(run.stderr).toContain(`The stored ${name} cannot be read`);
      expect(run.stderr).toContain(consequence);
      expect(wnm.nodes()).toHaveLength(3);
      expect(livingNodes(wnm)).toHaveLength(3);
      if (!consequence.includes("unless told to")) {
        const forced = await wnm.run(["--force_action", "add"]);
        expect([forced.code, wnm.nodes().length]).toEqual([5, 3]);
      }
      const config = await wnm.ok(["--report", "machine-config", "--json"]);
      const shown: unknown = JSON.parse(config.stdout)[name];
      expect(shown).toBe(value instanceof Uint8Array ? "x'07'" : String(value));
      await wnm.ok(["--force_action", "update_config", "--survey_delay=1"]);
      // Once the setting is given again, everything works.
      const cure = CURES[name];
      if (cure !== undefined) {
        await wnm.ok(["--force_action", "update_config", `--${name}=${cure}`]);
        expect((await wnm.run(["--dry_run"])).stderr).not.toContain("cannot be read");
      }
    });
  },
);

const CURES: Readonly<Record<string, string>> = {
  rewards_address: "donate",
  environment: "",
  node_cap: "3",
  hd_remove: "100",
  evm_network: "arbitrum-one",
  process_manager: "setsid+user",
};

test("a list that Python wnm accepted pays the wallets it names, even one with a wrong checksum, and says so", async () => {
  await onCopy(async () => {
    const mistyped = "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    wnm.sql("UPDATE machine SET node_cap = 4, rewards_address = ?", `${mistyped}:1_000,`);
    const run = await wnm.run([]);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("may be mistyped");
    expect(wnm.nodes().map(({ wallet }) => wallet)).toContain(mistyped);
    wnm.sql("DELETE FROM node WHERE id = 4");
  });
});

test.each([["'"], ["ab"], [new Uint8Array([1])]] as const)(
  "a remembered program hash of %p is recomputed, and the node that ended is started with its program",
  async (value) => {
    const before = wnm.nodes().map(({ program_sha256 }) => program_sha256);
    ageSample(wnm);
    await wnm.kill(3);
    try {
      expect(spoil("program_file", "sha256", value)).toBe(true);
      expectSane({ ...(await wnm.ok([])), args: "" });
      await until(() => livingProcesses(1, 2, 3) === 3, "the killed node to be back");
      expect(wnm.nodes().map(({ program_sha256 }) => program_sha256)).toEqual(before);
      expect(wnm.nodes().map(({ strange_program }) => strange_program)).toEqual([null, null, null]);
    } finally {
      wnm.sql("DELETE FROM program_file");
      wnm.sql("UPDATE node SET crashes = 0, timestamp = timestamp - 3600 WHERE id = 3");
    }
  },
);

/** A text of bytes that need not be UTF-8, as SQLite may hold it. */
type BytesAsText = { readonly bytes: Uint8Array };
type Hostile = string | number | Uint8Array | null | BytesAsText;

const HOSTILE_NUMBERS = [-1, -0, 1.5, 2 ** 31, 2 ** 53, -1e300, Number.MAX_VALUE * 2, 8.64e12, 8.64e12 + 1];
const HOSTILE_TEXTS = [
  ...["", " ", "NaN", "Infinity", "0x10", "9".repeat(400), "v0.4.17.1", "99999999999999999999.0.0"],
  ...["+275760-09-13T00:00:00.001Z", "a\u0000b", "\u0000", "\ud800x", "\u202eabc", "\u001b[31m", "a\nb\r\nc"],
  ...["x".repeat(300_000), "[".repeat(20_000), "[".repeat(5000) + "]".repeat(5000), "[1,null,[{}]]"],
  ...["'; DROP TABLE node; --", "../../../../etc/passwd", "/", "/dev/null", "/proc/self/mem", "~", "--all"],
  ...["__proto__", "constructor", "toString", "$(id) `id` %s%n", "http://[::1", "http://a:b@127.0.0.1:1/"],
];

/** Sets a limit for adding and stopping nodes to a value that wnm accepts: an order, which must not lose a node. */
function isOrder(table: string, column: string): boolean {
  if (table !== "machine" || !isSetting(column)) return false;
  const { group, isReadable } = MACHINE_SETTINGS[column];
  // The value that SQLite stored, which turns "7" into 7.
  return ["size", "shed"].includes(group) && isReadable(wnm.machine()[column] as StoredValue);
}

const isSetting = (column: string): column is SettingName => Object.hasOwn(MACHINE_SETTINGS, column);

test("hostile values of every type in every column cause no stack trace and no signal, and no node is lost", async () => {
  const value: fc.Arbitrary<Hostile> = fc.oneof(
    fc.constant(null),
    fc.constantFrom(...HOSTILE_NUMBERS),
    fc.constantFrom(...HOSTILE_TEXTS),
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.uint8Array({ maxLength: 6 }),
    fc.uint8Array({ maxLength: 6 }).map((bytes) => ({ bytes })),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(), value, async (pick, hostile) => {
      const [table, column] = columns[pick % columns.length] ?? ["", ""];
      await onCopy(async () => {
        if (!spoil(table, column, hostile) || isOrder(table, column)) return;
        const before = livingNodes(wnm);
        for (const ended of await everyCall()) expectSane(ended);
        expect(livingNodes(wnm)).toEqual(before);
      });
    }),
    { numRuns: TRIES, seed: SEED },
  );
});
