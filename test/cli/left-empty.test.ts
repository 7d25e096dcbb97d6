import { describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { aHome, type Wnm } from "../support/wnm.ts";

const COLONY = join(import.meta.dir, "../fixtures/colony/wnm-v0.6.3.db");

/** Creates Python wnm's tables there without a row, as a failed --init of Python wnm leaves them. */
function pythonTables(wnm: Wnm): void {
  mkdirSync(dirname(wnm.database), { recursive: true });
  copyFileSync(COLONY, wnm.database);
  for (const table of ["node", "container", "machine"]) wnm.sql(`DELETE FROM ${table}`);
}

function tablesWithoutRevision(wnm: Wnm): void {
  pythonTables(wnm);
  wnm.sql("DELETE FROM alembic_version");
}

function emptyFile({ database }: Wnm): void {
  mkdirSync(dirname(database), { recursive: true });
  writeFileSync(database, "");
}

describe("--init replaces the empty database of a failed --init, and says so", () => {
  test.each([
    ["a file without a byte", emptyFile],
    ["tables without a row", pythonTables],
    ["tables before the first revision", tablesWithoutRevision],
  ])("%s", async (_, leave) => {
    await using wnm = await aHome();
    leave(wnm);
    const before = await wnm.run([]);
    expect(before.code).not.toBe(0);
    expect(before.stderr).toContain("--init");
    const { stdout } = await wnm.init("--node_cap=3");
    expect(stdout).toContain(`Note: the empty ${wnm.database}, left by a failed --init, is replaced.`);
    expect(wnm.machine().node_cap).toBe(3);
    expect(statSync(wnm.database).mode & 0o777).toBe(0o600);
  });
});

describe("--init never replaces what may be a colony", () => {
  const cases: readonly (readonly [string, (wnm: Wnm) => void, number, RegExp])[] = [
    [
      "settings without a node",
      (wnm) => {
        pythonTables(wnm);
        copyFileSync(COLONY, wnm.database);
        wnm.sql("DELETE FROM node");
      },
      1,
      /already initialized/,
    ],
    [
      "nodes without settings",
      (wnm) => {
        pythonTables(wnm);
        copyFileSync(COLONY, wnm.database);
        wnm.sql("DELETE FROM machine");
      },
      1,
      /already initialized/,
    ],
    [
      "an empty file with a log beside it",
      (wnm) => {
        emptyFile(wnm);
        writeFileSync(`${wnm.database}-wal`, "x".repeat(5000));
      },
      1,
      /already initialized/,
    ],
    [
      "another program's database",
      (wnm) => {
        pythonTables(wnm);
        wnm.sql("DROP TABLE machine");
      },
      1,
      /already initialized/,
    ],
    [
      "an empty file beside nodes",
      (wnm) => {
        emptyFile(wnm);
        mkdirSync(join(wnm.base, "node/antnode0001"), { recursive: true });
      },
      5,
      /is empty, yet there are nodes.*--init --import/,
    ],
  ];
  test.each(cases)("%s", async (_, make, code, message) => {
    await using wnm = await aHome();
    make(wnm);
    const folder = readdirSync(wnm.base);
    const bytes = readFileSync(wnm.database);
    const ended = await wnm.run(["--init", "--rewards_address=donate", "--process_manager=setsid+user"]);
    expect(ended.stderr).toMatch(message);
    expect(ended.code).toBe(code);
    expect(readFileSync(wnm.database).equals(bytes)).toBe(true);
    expect(readdirSync(wnm.base)).toEqual(folder);
  });
});
