import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { aColony, aHome, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

const FILES = join(import.meta.dir, "../fixtures/colony");

/** A home folder with a colony of Python wnm whose nodes are plain processes there, all of them stopped. */
async function pythonColony(version: string): Promise<Wnm> {
  const wnm = await aHome();
  mkdirSync(join(wnm.base, "node"), { recursive: true });
  copyFileSync(join(FILES, `wnm-v${version}.db`), wnm.database);
  for (const column of ["root_dir", "binary"])
    wnm.sql(`UPDATE node SET ${column} = replace(${column}, '/home/ant', ?)`, wnm.home);
  wnm.sql("UPDATE machine SET process_manager = 'setsid+user', node_storage = ?", join(wnm.base, "node"));
  wnm.sql("UPDATE node SET manager_type = 'setsid', status = 'STOPPED'");
  for (const id of [1, 2, 3]) mkdirSync(join(wnm.base, `node/antnode000${id}`));
  return wnm;
}

describe.each(["0.0.18", "0.3.0", "0.3.21", "0.5.0"])("a colony of Python wnm %s", (version) => {
  test("is rehearsed and reported on without a change, and run after a backup", async () => {
    await using wnm = await pythonColony(version);
    const before = readFileSync(wnm.database);
    const rehearsed = await wnm.ok(["--dry_run"]);
    expect(rehearsed.stdout).toContain("Nodes: 3 of at most 7");
    const reported = JSON.parse((await wnm.ok(["--report", "machine-config", "--json", "-q"])).stdout);
    expect(reported).toMatchObject({ node_cap: 7, cpu_less_than: 55, delay_restart: 600 });
    expect(readFileSync(wnm.database).equals(before)).toBe(true);
    expect(readdirSync(wnm.base).toSorted()).toEqual(["colony.db", "node"]);
    await wnm.ok(["--force_action", "survey"]);
    expect(wnm.nodes().map((row) => [row.id, row.status, row.wanted])).toEqual(
      [1, 2, 3].map((id) => [id, "STOPPED", "stopped"]),
    );
    const backup = readdirSync(wnm.base).find((name) => name.endsWith(".bak")) ?? "";
    expect(readFileSync(join(wnm.base, backup)).equals(before)).toBe(true);
  });
});

test("a dead row whose folder exists is kept, and one whose folder is gone is removed", async () => {
  await using wnm = await pythonColony("0.5.0");
  wnm.sql("UPDATE node SET status = 'DEAD' WHERE id < 3");
  rmSync(join(wnm.base, "node/antnode0002"), { recursive: true });
  // The first run after a boot only observes.
  await wnm.run(["--cpu_less_than=0"]);
  await wnm.run([]);
  expect(wnm.nodes().map((row) => [row.id, row.status])).toEqual([
    [1, "STOPPED"],
    [3, "STOPPED"],
  ]);
});

describe("an unusable database ends the run with a sentence", () => {
  const cases: readonly (readonly [string, (wnm: Wnm) => void, number, RegExp])[] = [
    ["garbage", ({ database }) => writeFileSync(database, "x".repeat(9000)), 1, /not a database/],
    ["empty", ({ database }) => writeFileSync(database, ""), 1, /not a database of wnm/],
    ["cut off", ({ database }) => truncateSync(database, 20_000), 1, /damaged/],
    ["newer", ({ sql }) => sql("PRAGMA user_version = 99"), 1, /newer wnm/],
    [
      "newer Python's",
      ({ sql }) => sql("UPDATE alembic_version SET version_num = 'abcdefabcdef'"),
      1,
      /newer Python/,
    ],
    ["unfinished", ({ sql }) => sql("DELETE FROM machine"), 4, /is incomplete/],
  ];
  test.each(cases)("%s", async (_, spoil, code, message) => {
    await using wnm = await pythonColony("0.5.0");
    spoil(wnm);
    const before = readFileSync(wnm.database);
    for (const args of [[], ["--dry_run"], ["--report", "node-status"], ["--release"]]) {
      const ended = await wnm.run(args);
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr).not.toContain("bug in wnm");
      expect(ended.code).toBe(code);
    }
    expect(readFileSync(wnm.database).equals(before)).toBe(true);
    // The files of the lock stay, and what could not be written to the database waits next to it.
    expect(readdirSync(wnm.base).toSorted()).toEqual([
      ...[".wnm-lock", ".wnm_active", "colony.db", "colony.db.refused", "node"],
    ]);
  });
});

test("the boot time is written when it has moved, but not when only the clock's rounding differs", async () => {
  await using wnm = await aColony("--node_cap=1");
  const booted_at = Number(wnm.machine().last_stopped_at);
  const afterRunWith = async (stored: number): Promise<number> => {
    wnm.sql("UPDATE machine SET last_stopped_at = ?", stored);
    await wnm.ok(["--force_action", "survey"]);
    return Number(wnm.machine().last_stopped_at);
  };
  const earlier = await afterRunWith(booted_at - 3600);
  expect(Math.abs(earlier - booted_at)).toBeLessThanOrEqual(3);
  for (const rounded of [earlier - 1, earlier, earlier + 1]) {
    const stored = await afterRunWith(rounded);
    // The clock's own rounding may add to the offset that was set.
    expect([rounded, rounded - 2, rounded + 2]).toContain(stored);
  }
  expect(await afterRunWith(booted_at + 3600)).toBeLessThan(booted_at + 60);
});
