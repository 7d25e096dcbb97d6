import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { aColony, aHome, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

const ARGS = "--log-format json";

/** A colony as Python wnm leaves it, with all nodes stopped; SQLite created its file with the account's umask. */
async function pythonColony(version = "0.6.3", mode = 0o644): Promise<Wnm> {
  const wnm = await aHome();
  const storage = join(wnm.base, "node");
  mkdirSync(storage, { recursive: true });
  copyFileSync(join(import.meta.dir, `../fixtures/colony/wnm-v${version}.db`), wnm.database);
  chmodSync(wnm.database, mode);
  for (const column of ["root_dir", "binary"])
    wnm.sql(`UPDATE node SET ${column} = replace(${column}, '/home/ant', ?)`, wnm.home);
  wnm.sql("UPDATE machine SET process_manager = 'setsid+user', node_storage = ?", storage);
  wnm.sql("UPDATE node SET manager_type = 'setsid+user', status = 'STOPPED'");
  for (const { id } of wnm.nodes()) {
    mkdirSync(join(storage, `antnode000${id}`));
    writeFileSync(join(storage, `antnode000${id}/secret-key`), "k".repeat(32));
  }
  return wnm;
}

/** A run that only observes. */
const survey = (wnm: Wnm) => wnm.ok(["--force_action", "survey"]);
const modeOf = (path: string): number => statSync(path).mode & 0o777;
const journalOf = ({ database }: Wnm): string | undefined => {
  using db = new Database(database, { readonly: true });
  return db.query<{ journal_mode: string }, []>("PRAGMA journal_mode").get()?.journal_mode;
};
const inUse = async (wnm: Wnm): Promise<unknown> =>
  JSON.parse((await wnm.ok(["--report", "machine-config", "--json", "-q"])).stdout).start_args;

describe("the start_args that Python wnm stored", () => {
  test("are shown once, with what they would do, and not used until they are set again", async () => {
    await using wnm = await pythonColony();
    await buildAntnode(join(wnm.home, ".local/bin/antnode"));
    const said =
      /Python wnm stored the start_args "--log-format json".*every node that is added.*wnm --start_args/;
    expect((await wnm.ok(["--dry_run"])).stderr).toMatch(said);
    const first = await wnm.ok(["--force_action", "survey", "--json"]);
    expect(first.stderr).toMatch(said);
    expect(JSON.parse(first.stdout).findings).toContainEqual(
      expect.objectContaining({ key: "python-start-args", severity: "warning" }),
    );
    expect((await survey(wnm)).stderr).not.toContain("start_args");
    expect(await inUse(wnm)).toBeNull();
    // Python wnm still finds what it stored.
    expect(wnm.machine().start_args).toBe(ARGS);

    await wnm.ok(["--force_action", "update_config", "--start_args", ARGS]);
    expect(await inUse(wnm)).toBe(ARGS);
    await survey(wnm);
    expect(await inUse(wnm)).toBe(ARGS);
  });

  test.each([
    ["'--a", /a quote is not closed/],
    ["--port 4000", /wnm would refuse them: they go to every node, and --port can serve only one/],
    ["--no-such-flag 1 --log-format json", /antnode does not know --no-such-flag, so no node would start/],
  ])("are reported with what is wrong with them, and block nothing: %s", async (args, message) => {
    await using wnm = await pythonColony();
    await buildAntnode(join(wnm.home, ".local/bin/antnode"));
    wnm.sql("UPDATE machine SET start_args = ?", args);
    const { stderr } = await survey(wnm);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("cannot be read");
  });

  test("are not set by the same words in Python wnm's own files, but by others", async () => {
    await using wnm = await pythonColony();
    const dotenv = join(wnm.home, ".local/share/wnm/.env");
    mkdirSync(dirname(dotenv), { recursive: true });
    writeFileSync(dotenv, `START_ARGS="${ARGS}"\n`);
    await survey(wnm);
    expect(await inUse(wnm)).toBeNull();
    writeFileSync(dotenv, "START_ARGS=--no-upnp\n");
    await survey(wnm);
    expect(await inUse(wnm)).toBe("--no-upnp");
  });

  test("are shown again if Python wnm stored them after a return", async () => {
    await using wnm = await pythonColony();
    await wnm.ok(["--start_args", ARGS, "--force_action", "survey"]);
    await wnm.ok(["--release"]);
    wnm.sql("UPDATE machine SET start_args = '--ip 1.2.3.4'");
    expect((await survey(wnm)).stderr).toContain('stored the start_args "--ip 1.2.3.4"');
    expect(await inUse(wnm)).toBeNull();
  });

  test("stay in use if an earlier wnm used them", async () => {
    await using wnm = await pythonColony();
    await wnm.ok(["--start_args", ARGS, "--force_action", "survey"]);
    for (const column of ["start_args_set", "start_args_shown", "database_mode"])
      wnm.sql(`ALTER TABLE machine DROP COLUMN ${column}`);
    wnm.sql("DROP TABLE found");
    wnm.sql("PRAGMA user_version = 6");
    await survey(wnm);
    expect(await inUse(wnm)).toBe(ARGS);
  });
});

describe("a release leaves the database as it was found", () => {
  test.each([0o644, 0o640, 0o664, 0o600])("mode %o", async (mode) => {
    await using wnm = await pythonColony("0.6.3", mode);
    await survey(wnm);
    // Whoever could read it still can, and nobody else may write.
    expect(modeOf(wnm.database)).toBe(mode & 0o644);
    await wnm.ok(["--release"]);
    expect(modeOf(wnm.database)).toBe(mode);
    expect(readdirSync(wnm.base).filter((name) => /-(wal|shm|journal)$/.test(name))).toEqual([]);
    await survey(wnm);
    expect(modeOf(wnm.database)).toBe(mode & 0o644);
    await wnm.ok(["--release"]);
    expect(modeOf(wnm.database)).toBe(mode);
  });

  test.each(["delete", "wal"])("journal mode %s", async (mode) => {
    await using wnm = await pythonColony();
    wnm.sql(`PRAGMA journal_mode = ${mode}`);
    await survey(wnm);
    expect(journalOf(wnm)).toBe("wal");
    await wnm.ok(["--release"]);
    expect(journalOf(wnm)).toBe(mode);
  });

  test("a colony that wnm never worked on is not changed", async () => {
    await using wnm = await pythonColony();
    const before = await Bun.file(wnm.database).bytes();
    await wnm.ok(["--release"]);
    expect(await Bun.file(wnm.database).bytes()).toEqual(before);
    expect(modeOf(wnm.database)).toBe(0o644);
  });

  test("no column of Python wnm holds -1", async () => {
    await using wnm = await pythonColony();
    await survey(wnm);
    wnm.sql("UPDATE node SET records = -1, mem = -1, cpu = -1, connected_peers = -1, uptime = -1");
    await wnm.ok(["--release"]);
    using python = new Database(join(import.meta.dir, "../fixtures/colony/wnm-v0.6.3.db"), {
      readonly: true,
    });
    const columns = python.query<{ name: string }, []>("PRAGMA table_info(node)").all();
    for (const row of wnm.nodes()) expect(columns.filter(({ name }) => row[name] === -1)).toEqual([]);
  });
});

describe("database_mode", () => {
  test("lets a group or everyone read a new colony's database and its log, and run reports", async () => {
    await using wnm = await aColony("--node_cap=1", "--database_mode=0640");
    await survey(wnm);
    for (const suffix of ["", "-wal"]) expect(modeOf(wnm.database + suffix)).toBe(0o640);
    // Already in this run, not only from the next one on.
    await wnm.ok(["--force_action=update_config", "--database_mode=0644"]);
    for (const suffix of ["", "-wal"]) expect(modeOf(wnm.database + suffix)).toBe(0o644);
    await wnm.ok(["--force_action=update_config", "--database_mode=0600"]);
    for (const suffix of ["", "-wal"]) expect(modeOf(wnm.database + suffix)).toBe(0o600);
  });

  test("takes precedence over the mode in which a colony was found", async () => {
    await using wnm = await pythonColony();
    await wnm.ok(["--force_action", "survey", "--database_mode=0600"]);
    expect(modeOf(wnm.database)).toBe(0o600);
    await wnm.ok(["--release"]);
    expect(modeOf(wnm.database)).toBe(0o600);
  });

  test.each(["0666", "600", "0", "rw"])("%s is refused, with the possible values", async (mode) => {
    await using wnm = await aHome();
    const { code, stderr } = await wnm.run(["--init", "--rewards_address=donate", `--database_mode=${mode}`]);
    expect(code).toBe(2);
    expect(stderr).toContain("0600");
  });
});
