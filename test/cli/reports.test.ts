import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { FORMATS, REPORTS, type ReportName, reportOf } from "../../src/settings/reports.ts";
import { openStoreToRead } from "../../src/store/colony.ts";
import { parseLineProtocol } from "../support/line-protocol.ts";
import { until } from "../support/until.ts";
import { aColony, aHome, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

/** Reports whose exit code says nothing about the colony. */
const PLAIN = REPORTS.filter((name) => reportOf(name).graded !== true);

const report = (name: string, ...rest: readonly string[]) => ["--report", name, ...rest];

/** Puts nodes without processes into the database, with values that formats must escape. */
function withNodes(wnm: Wnm, count: number): void {
  for (let id = 1; id <= count; id++) {
    const name = `antnode${String(id).padStart(4, "0")}`;
    const row: Readonly<Record<string, string | number | null>> = {
      ...{
        id,
        machine_id: 1,
        manager_type: "setsid+user",
        node_name: name.slice(7),
        service: `${name}.service`,
      },
      ...{
        user: "root",
        binary: `/x/${name}/antnode`,
        version: id === 2 ? null : "0.4.17",
        root_dir: `/x/${name}`,
      },
      ...{ log_dir: `/l/${name}`, port: 55_000 + id, metrics_port: 13_000 + id, rpc_port: 30_000 + id },
      ...{ network: "evm-arbitrum-one", wallet: null, peer_id: id === 2 ? 'we"ird \\ one' : `12D3KooW${id}` },
      ...{ status: id === 2 ? "STOPPED" : "RUNNING", timestamp: 1_795_000_000, age: 1_790_000_000 + id },
      ...{
        records: 10 * id,
        uptime: 5,
        shunned: 1,
        connected_peers: 12,
        gets: 2,
        puts: 3,
        mem: 9781,
        cpu: 3,
      },
      ...{ open_connections: 4, total_peers: 6, bad_peers: 7, rel_records: 8, max_records: 16_384 },
      ...{ rewards: "0", payment_count: 9, live_time: 11, network_size: 1000 * id },
      ...{ host: "127.0.0.1", method: "setsid+user", layout: "1", environment: null, wanted: "stopped" },
    };
    const names = Object.keys(row);
    wnm.sql(
      `INSERT INTO node (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
      ...Object.values(row),
    );
  }
}

const init = (wnm: Wnm, ...args: readonly string[]) =>
  wnm.ok(["--init", "--rewards_address=donate", "--process_manager=setsid+user", ...args]);

describe("every report in every format is parsed by the format's own parser", () => {
  for (const count of [0, 1, 3]) {
    test(`with ${count} nodes`, async () => {
      await using wnm = await aHome();
      await init(wnm, `--environment=A=1 B="it's"`);
      withNodes(wnm, count);
      for (const name of PLAIN) {
        for (const format of FORMATS) {
          const { stdout, stderr } = await wnm.ok(report(name), { REPORT_FORMAT: format });
          expect([name, format, stderr]).toEqual([name, format, ""]);
          check(name, format, stdout, count);
        }
        if (reportOf(name).formats.includes("json"))
          expect((await wnm.ok(report(name, "--json"))).stdout.charAt(0)).toMatch(/[[{]/);
      }
    });
  }

  function check(name: string, format: string, text: string, count: number): void {
    if (name.startsWith("influx")) {
      const points = parseLineProtocol(text);
      expect(points.filter(({ measurement }) => measurement === "nodes")).toHaveLength(count);
      if (count === 3) expect(points[1]?.fields.PeerId).toBe('we"ird \\ one');
      if (name === "influx-ntracking" && count > 0)
        expect(points[0]).toMatchObject({
          tags: { id: "0001" },
          fields: { networ_size: 1000, status: "Running" },
        });
      return;
    }
    if (name === "prometheus") {
      const done = Bun.spawnSync(["promtool", "check", "metrics"], { stdin: new TextEncoder().encode(text) });
      expect([done.exitCode, done.stdout.toString(), done.stderr.toString()]).toEqual([0, "", ""]);
      return;
    }
    if (name === "page") {
      expect(text).toMatch(/^<!DOCTYPE html>[\s\S]*<\/html>\n$/);
      expect(text).not.toMatch(/>[^<]*(None|undefined|NaN|null)/);
      return;
    }
    if (format === "json") {
      const value = JSON.parse(text);
      const nodes = name.startsWith("node");
      expect(Array.isArray(value)).toBe(nodes && count > 1);
      if (nodes && count === 0) expect(value).toEqual({ error: "No nodes found" });
      return;
    }
    if ((format === "env" || format === "config") && name.startsWith("machine") && text.includes("=")) {
      for (const line of text.trim().split("\n")) expect(line).toMatch(/^[A-Za-z_0-9]+=/);
    }
    expect(text).toEndWith("\n");
    expect(text).not.toMatch(/None|undefined|NaN|null/);
  }
});

test("--service_name narrows reports on nodes, in any form of the name", async () => {
  await using wnm = await aHome();
  await init(wnm);
  withNodes(wnm, 3);
  for (const form of ["antnode0003", "antnode0003.service", "3"]) {
    const { stdout } = await wnm.ok(report("node-status", "--json", "--service_name", form));
    expect(JSON.parse(stdout)).toMatchObject({ service_name: "antnode0003.service" });
  }
  const details = await wnm.ok(report("node-status-details", "--service_name=1,3"));
  expect(details.stdout.match(/^Service Name: .*$/gm)).toEqual([
    "Service Name: antnode0001.service",
    "Service Name: antnode0003.service",
  ]);
  expect(
    parseLineProtocol((await wnm.ok(report("influx-resources", "--service_name=3"))).stdout)[0]?.tags,
  ).toEqual({
    id: "3",
  });
});

describe("a configuration survives writing and reading", () => {
  const word = fc
    .array(fc.constantFrom(..."'\"\\$`#;=: \t~!*?%üß💥aZ9{}()[]<>|&"), { maxLength: 12 })
    .map((parts) => parts.join(""));
  // A word as `--environment` takes it: double-quoted, with escaped quotes and backslashes.
  const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&").replaceAll("\t", " ")}"`;
  const settings = async (wnm: Wnm) => {
    const {
      id: _,
      dbpath: __,
      last_stopped_at: ___,
      ...rest
    } = JSON.parse((await wnm.ok(report("machine-config", "--json"))).stdout);
    return rest;
  };

  test("with hostile values, as config through -c and as env through a shell's `set -a; . FILE`", async () => {
    await using wnm = await aHome();
    await init(wnm);
    const samples = fc.sample(fc.tuple(word, word, word), { numRuns: 6, seed: 5 });
    samples.push(["line\nbreaks between".replace("\n", " "), "ünïcode 💥", 'it\'s "quoted" \\ $HOME `id`']);
    for (const [a, b, c] of samples) {
      const hostile = [
        `--environment=A=${quoted(a)}\nB=${quoted(b)}`,
        `--start_args=--name ${quoted(c)}`,
        `--antctl_version=${b.replaceAll("\t", " ")}`,
        `--antnode_path=/opt/${c.replaceAll("\t", " ")}`,
      ];
      await wnm.ok(["--force_action=nullop", ...hostile]);
      const before = await settings(wnm);
      for (const format of ["config", "env"] as const) {
        const file = join(wnm.home, `written.${format}`);
        await wnm.ok(report("machine-config", "--report_format", format, "--output", file));
        const reset = ["--environment=", "--start_args=", "--antctl_version=", "--antnode_path=/x"];
        await wnm.ok(["--force_action=nullop", ...reset]);
        if (format === "config") await wnm.ok(["-c", file, "--force_action=nullop"]);
        else {
          const script = `set -a; . '${file}'; exec ${wnm.binary} --force_action nullop`;
          const env = { HOME: wnm.home, PATH: "/usr/bin:/bin" };
          const done = Bun.spawnSync(["sh", "-c", script], { env });
          expect([done.exitCode, done.stdout.toString()]).toEqual([0, ""]);
          if (b.trim() === "") await wnm.ok(["--force_action=nullop", `--antctl_version=${b}`]);
        }
        expect(await settings(wnm)).toEqual(before);
      }
    }
  });

  test("on another machine, where --init -c FILE creates the same colony", async () => {
    await using wnm = await aHome();
    await init(wnm, "--node_cap=33", "--port_start=40", `--environment=A='x y'`);
    await using other = await aHome();
    const file = join(other.home, "clone");
    const text = (await wnm.ok(report("machine-config", "--report_format=config"))).stdout;
    writeFileSync(file, text.replaceAll(wnm.home, other.home));
    await other.ok(["--init", "-c", file]);
    const [first, second] = [await settings(wnm), await settings(other)];
    expect(second).toEqual({ ...first, node_storage: join(other.base, "node") });
  });
});

test("--output writes a complete file or none, readable by everyone, and never replaces anything but a file", async () => {
  await using wnm = await aHome();
  await init(wnm);
  const file = join(wnm.home, "wnm.prom");
  writeFileSync(file, "old", { mode: 0o600 });
  // Even where new files are readable only by their owner.
  const strict = `umask 077; exec '${wnm.binary}' --report prometheus --output '${file}'`;
  const done = Bun.spawnSync(["sh", "-c", strict], { env: { HOME: wnm.home } });
  expect([done.exitCode, done.stdout.toString(), done.stderr.toString()]).toEqual([0, "", ""]);
  expect(readFileSync(file, "utf8")).toStartWith("# HELP wnm_build_info");
  expect(statSync(file).mode & 0o777).toBe(0o644);
  await wnm.ok(report("node-status", "--output", "relative.txt"));
  expect(readFileSync(join(wnm.home, "relative.txt"), "utf8")).toBe("No nodes found.\n");

  symlinkSync("/dev/null", join(wnm.home, "device"));
  for (const bad of ["/nowhere/x.prom", wnm.home, join(wnm.home, "device")]) {
    const { code, stderr } = await wnm.run(report("prometheus", "--output", bad));
    expect([code, stderr]).toEqual([1, expect.stringContaining(`The file ${bad} cannot be written`)]);
  }
  expect(readdirSync(wnm.home).filter((name) => name.endsWith(".new"))).toEqual([]);
});

test("prometheus shows how the last run ended", async () => {
  await using wnm = await aColony("--node_cap=1");
  const last = async () =>
    (await wnm.ok(report("prometheus"))).stdout.split("\n").filter((line) => /^wnm_last_run/.test(line));
  expect(await last()).toEqual([]);
  await wnm.ok(["--force_action=add"]);
  expect(await last()).toContain('wnm_last_run_actions{result="done"} 1');
  expect(await last()).toContain('wnm_last_run_info{status="added-node"} 1');
});

test("figures counted over time are those of the last run, unknown if it is long ago, and measured for machine-metrics", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok(["--force_action=add"]);
  // The counters of the run are too old to count from; what it counted is not.
  wnm.sql("UPDATE sample SET uptime = uptime - 10000");
  using store = openStoreToRead(wnm.database);
  const used = store.history().samples.at(-1)?.used_cpu_percent ?? Number.NaN;
  const shown = async () => (await wnm.ok(report("prometheus"))).stdout;
  expect(await shown()).toContain(`\nwnm_host_cpu_used_ratio ${used / 100}\n`);
  wnm.sql("UPDATE history SET samples = '[]'");
  const later = await shown();
  expect(later).toContain("\nwnm_host_memory_used_ratio ");
  expect(later).not.toMatch(/\nwnm_host_(cpu_used|io_wait|disk_read|network)\w* /);
  expect((await wnm.ok(report("why"))).stdout).toMatch(
    /now +unknown until a run has measured the processor\n +not more +cpu could not be measured\n/,
  );
  expect(
    JSON.parse((await wnm.ok(report("machine-metrics", "--json"))).stdout).used_cpu_percent,
  ).toBeNumber();
});

test("--force_action survey asks the nodes before the report", async () => {
  await using wnm = await aColony();
  await wnm.ok(["--force_action=add"]);
  const peers = async (...args: readonly string[]) =>
    JSON.parse((await wnm.ok(report("node-status", "--json", ...args))).stdout).peer_id;
  expect(await peers()).toBe("-");
  await until(
    async () => (await peers("--force_action=survey")).startsWith("12D3KooW"),
    "the peer id",
    30_000,
  );
  expect(await peers()).toStartWith("12D3KooW");
});

test("reports work while another run holds the lock, and change nothing", async () => {
  await using wnm = await aColony();
  await wnm.ok(["--force_action=add", "--count=2"]);
  await using holder = wnm.start(["--force_action=survey", "--this_survey_delay=60000"]);
  await until(() => existsSync(join(wnm.base, "wnm_active")), "the lock");
  expect((await wnm.run(["--force_action=survey"])).code).toBe(75);
  const before = readFileSync(wnm.database);
  for (const name of PLAIN) expect((await wnm.run(report(name))).code).toBe(0);
  expect(readFileSync(wnm.database).equals(before)).toBe(true);
  holder.kill("SIGKILL");
  await holder.exited;
  // What the killed run left next to the database does not disturb a report either.
  expect((await wnm.ok(report("node-status"))).stdout).toContain("antnode0002");
});

test("reports work on a read-only database, for another account that may read it", async () => {
  await using wnm = await aHome();
  await init(wnm);
  withNodes(wnm, 1);
  const folder = mkdtempSync(join(tmpdir(), "wnm-read-only-"));
  try {
    const database = join(folder, "colony.db");
    copyFileSync(wnm.database, database);
    const binary = join(folder, "wnm");
    copyFileSync(wnm.binary, binary);
    chmodSync(binary, 0o755);
    const asNobody = (name: ReportName) => {
      const become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
      const root = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
      const call = [
        "env",
        "-i",
        "HOME=/nonexistent",
        binary,
        "--dbpath",
        database,
        ...report(name, ...(reportOf(name).formats.includes("json") ? ["--json"] : [])),
      ];
      const done = Bun.spawnSync([...root, ...become, ...call]);
      return { code: done.exitCode, stdout: done.stdout.toString(), stderr: done.stderr.toString() };
    };
    const all = () => {
      for (const name of PLAIN) expect(asNobody(name)).toMatchObject({ code: 0, stderr: "" });
      return JSON.parse(asNobody("machine-config").stdout).node_cap;
    };
    const readable = () => {
      for (const file of readdirSync(folder)) if (file !== "wnm") chmodSync(join(folder, file), 0o444);
      chmodSync(folder, 0o555);
    };
    readable();
    expect(all()).toBe(20);

    // A run is at work: what it has committed is next to the database.
    chmodSync(folder, 0o755);
    chmodSync(database, 0o644);
    using db = new Database(database, { readwrite: true, create: false });
    db.run("PRAGMA journal_mode = WAL");
    db.run("UPDATE machine SET node_cap = 21");
    readable();
    expect(all()).toBe(21);

    // A copy of that state without its shared memory, as in a backup.
    const beside = join(folder, "..", `${folder.split("/").at(-1)}-backup`);
    mkdirSync(beside);
    try {
      for (const suffix of ["", "-wal"]) copyFileSync(database + suffix, join(beside, `colony.db${suffix}`));
      for (const suffix of ["", "-wal"]) chmodSync(join(beside, `colony.db${suffix}`), 0o444);
      chmodSync(beside, 0o555);
      const { stdout } = await wnm.ok([
        "--dbpath",
        join(beside, "colony.db"),
        ...report("machine-config", "--json"),
      ]);
      expect(JSON.parse(stdout).node_cap).toBe(21);
      expect(readdirSync(beside).toSorted()).toEqual(["colony.db", "colony.db-wal"]);
    } finally {
      rmSync(beside, { recursive: true });
    }

    chmodSync(database, 0o600);
    expect(asNobody("node-status")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("may not open it"),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
