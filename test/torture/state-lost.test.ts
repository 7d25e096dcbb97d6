import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { folderState } from "../support/folder-state.ts";
import { aColony, type Wnm } from "../support/wnm.ts";
import { livingNodes } from "./agreement.ts";

setDefaultTimeout(300_000);

async function colonyOfTwo(): Promise<Wnm> {
  const wnm = await aColony("--node_cap=2");
  await wnm.ok(["--force_action", "add", "--count=2"]);
  return wnm;
}
const CALLS = [
  [],
  ["--dry_run"],
  ["--report", "node-status"],
  ["--force_action", "add"],
  ["--force_action", "remove"],
  ["--node_cap=5"],
];
/** Nodes continue to write their own files; the lock's files say which run held it last and that a run was refused. */
const NODES_OWN = /^(node\/|logs\/|bootstrap-cache|\.?wnm_active|\.wnm-lock|colony\.db\.refused|node$|logs$)/;

const LOSSES: Readonly<Record<string, { lose: (wnm: Wnm) => void; code: number; message: RegExp }>> = {
  deleted: { lose: (wnm) => rmSync(wnm.database), code: 4, message: /yet there are nodes.*--init --import/s },
  "of no length": {
    lose: (wnm) => truncateSync(wnm.database, 0),
    code: 1,
    message: /is not a database of wnm/,
  },
  truncated: { lose: (wnm) => truncateSync(wnm.database, 5000), code: 1, message: /cannot be used|damaged/ },
  zeroed: {
    lose: (wnm) => writeFileSync(wnm.database, Buffer.alloc(40_000)),
    code: 1,
    message: /not a database/,
  },
  garbage: {
    lose: (wnm) => writeFileSync(wnm.database, "hello ".repeat(9000)),
    code: 1,
    message: /not a database/,
  },
  "from the future": { lose: (wnm) => wnm.sql("PRAGMA user_version = 99"), code: 1, message: /newer wnm/ },
};

for (const [name, { lose, code, message }] of Object.entries(LOSSES)) {
  test(`with a database that is ${name} nothing is changed, and every call says what to do`, async () => {
    await using wnm = await colonyOfTwo();
    lose(wnm);
    const before = folderState(wnm.base, NODES_OWN);
    for (const call of CALLS) {
      const ended = await wnm.run(call);
      expect({ call, code: ended.code }).toEqual({ call, code });
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr).not.toContain("    at ");
    }
    expect(folderState(wnm.base, NODES_OWN)).toEqual(before);
    expect(livingNodes(wnm)).toHaveLength(2);
  });
}

test("with the database of another machine the storage is not its own, and nothing is touched", async () => {
  await using wnm = await colonyOfTwo();
  wnm.sql("UPDATE storage SET id = 'of another machine'");
  const { code, stderr } = await wnm.run([]);
  expect(code).toBe(5);
  expect(stderr).toContain("belongs to another colony");
  expect(livingNodes(wnm)).toHaveLength(2);
});

/** Other things that may be in place of the database, or next to it. */
const ODDITIES: Readonly<Record<string, (wnm: Wnm, good: Buffer) => unknown>> = {
  ...Object.fromEntries(
    [1, 15, 99, 100, 4095, 4097, 8192, 20_001].map((length) => [
      `cut to ${length} bytes`,
      (wnm: Wnm) => truncateSync(wnm.database, length),
    ]),
  ),
  "first page zeroed": (wnm, good) => writeFileSync(wnm.database, Buffer.from(good).fill(0, 0, 4096)),
  "second page zeroed": (wnm, good) => writeFileSync(wnm.database, Buffer.from(good).fill(0, 4096, 8192)),
  "a folder": (wnm) => [rmSync(wnm.database), mkdirSync(wnm.database)],
  "a pipe": (wnm) => [rmSync(wnm.database), Bun.spawnSync(["mkfifo", wnm.database])],
  "a link to nothing": (wnm) => [rmSync(wnm.database), symlinkSync("/nowhere", wnm.database)],
  "a link to itself": (wnm) => [rmSync(wnm.database), symlinkSync(wnm.database, wnm.database)],
  "a link to a file of others": (wnm) => [rmSync(wnm.database), symlinkSync("/etc/passwd", wnm.database)],
  "a link to a device": (wnm) => [rmSync(wnm.database), symlinkSync("/dev/zero", wnm.database)],
  "only its -wal": (wnm, good) => [rmSync(wnm.database), writeFileSync(`${wnm.database}-wal`, good)],
  "only its -journal": (wnm, good) => [rmSync(wnm.database), writeFileSync(`${wnm.database}-journal`, good)],
  "a folder as its -journal": (wnm) => mkdirSync(`${wnm.database}-journal`),
  "a pipe as its -wal": (wnm) => Bun.spawnSync(["mkfifo", `${wnm.database}-wal`]),
  "a link as its -wal": (wnm) => symlinkSync("/etc/passwd", `${wnm.database}-wal`),
  "no settings in it": (wnm) => wnm.sql("DELETE FROM machine"),
  "no table of storages": (wnm) => wnm.sql("DROP TABLE storage"),
};

test.each([
  // node_cap equals the number of nodes, so none is added or removed.
  ["words for a number", "node_cap", "'lots'", "2"],
  ["a number below zero", "node_cap", "-5", "2"],
  ["bytes for a path", "node_storage", "x'00ff'", "VALUE"],
])(
  "with %s as a stored setting nothing is done, and the call that corrects it is named",
  async (_, setting, value, mended) => {
    await using wnm = await colonyOfTwo();
    wnm.sql(`UPDATE machine SET ${setting} = ${value}`);
    const before = wnm.nodes();
    const rehearsed = await wnm.run(["--dry_run"]);
    const ended = await wnm.run([]);
    expect([rehearsed.code, ended.code]).toEqual([0, 3]);
    for (const { stderr } of [rehearsed, ended])
      expect(stderr).toContain(`--force_action update_config --${setting}=${mended}`);
    expect(wnm.nodes().map(({ id, pid }) => [id, pid])).toEqual(before.map(({ id, pid }) => [id, pid]));
    expect(livingNodes(wnm)).toHaveLength(2);
  },
);

test("whatever is in place of the database, there is no hang, no stack trace and no change, and the message says how to recover", async () => {
  await using wnm = await colonyOfTwo();
  const good = readFileSync(wnm.database);
  const damage: string[] = [];
  const listed = () =>
    Bun.spawnSync(["ls", "-l", "--full-time", "--ignore=colony.db.refused", wnm.base]).stdout.toString();
  for (const [name, lose] of Object.entries(ODDITIES)) {
    for (const suffix of ["", "-wal", "-shm", "-journal"])
      rmSync(wnm.database + suffix, { force: true, recursive: true });
    writeFileSync(wnm.database, good, { mode: 0o600 });
    lose(wnm, good);
    const before = listed();
    for (const call of [[], ["--dry_run"], ["--force_action", "remove", "--count=2"]]) {
      const { code, stderr } = await wnm.run(call);
      if (![1, 4, 5].includes(code) || !/--init|Move it away/.test(stderr) || / {4}at /.test(stderr))
        damage.push(`${name}: ${call.join(" ")}: ${code}: ${stderr}`);
    }
    if (listed() !== before) damage.push(`${name}: something has changed`);
  }
  process.stderr.write(
    `torture: ${Object.keys(ODDITIES).length} things in the database's place, ${damage.length} left damage\n`,
  );
  expect(damage).toEqual([]);
  expect(livingNodes(wnm)).toHaveLength(2);
});

test("a new colony is not mixed with what a lost database left beside it", async () => {
  await using wnm = await colonyOfTwo();
  {
    using db = new Database(wnm.database);
    db.run("PRAGMA journal_mode = WAL");
    db.run("UPDATE machine SET node_cap = 77");
    copyFileSync(`${wnm.database}-wal`, join(wnm.home, "left"));
  }
  rmSync(wnm.database);
  renameSync(join(wnm.home, "left"), `${wnm.database}-wal`);
  await wnm.init("--node_cap=5");
  expect(wnm.machine().node_cap).toBe(5);
});
