import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { createSocket } from "node:dgram";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { until } from "../support/until.ts";
import { aColony, aHome, type Wnm } from "../support/wnm.ts";
import { ageSample } from "../torture/agreement.ts";

setDefaultTimeout(300_000);

const DOCTOR = ["--report", "doctor"];

type Report = {
  readonly code: number;
  readonly findings: readonly { readonly key: string; readonly sentence: string; readonly cure?: string }[];
  readonly good: readonly string[];
  readonly notes: readonly { readonly says: string }[];
};

async function examined(wnm: Wnm): Promise<Report> {
  const { stdout, code } = await wnm.run([...DOCTOR, "--json"]);
  const report = JSON.parse(stdout) as Report;
  expect(report.code).toBe(code);
  return report;
}

const finding = async (wnm: Wnm, key: string) =>
  (await examined(wnm)).findings.find((one) => one.key === key);

/** Runs a cure as an operator would, with this wnm on the PATH. */
async function cured({ home, binary }: Wnm, cure: string | undefined): Promise<void> {
  const bin = join(home, "bin");
  mkdirSync(bin, { recursive: true });
  if (!existsSync(join(bin, "wnm"))) symlinkSync(binary, join(bin, "wnm"));
  const env = { HOME: home, PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin` };
  const shell = Bun.spawn(["sh", "-c", cure ?? "exit 9"], { cwd: home, env, stderr: "pipe" });
  const [said, code] = await Promise.all([shell.stderr.text(), shell.exited]);
  expect({ cure, code, said: code === 0 ? "" : said }).toEqual({ cure, code: 0, said: "" });
}

/** A colony with two running nodes, and a run that has just ended. */
async function aRunningColony(): Promise<Wnm> {
  const wnm = await aColony("--node_cap=2");
  await wnm.ok(["--force_action=add", "--count=2"]);
  ageSample(wnm);
  await wnm.ok([]);
  return wnm;
}

/** Records a run in each of the last four minutes, as if something started wnm. */
function runEachMinute(wnm: Wnm): void {
  using db = new Database(wnm.database, { readonly: true });
  const { samples } = db.query<{ samples: string }, []>("SELECT samples FROM history").get() ?? {};
  // The first row contains the time, each later one the seconds since then.
  const [[at, ...figures]] = JSON.parse(samples ?? "") as [[number, ...number[]]];
  const rows = [at - 180, 60, 60, 60].map((time) => [time, ...figures]);
  wnm.sql("UPDATE history SET samples = ?", JSON.stringify(rows));
}

test("a healthy colony gets one screen of 24 lines with each answer in words, and nothing is changed", async () => {
  await using wnm = await aRunningColony();
  // Runs by hand a moment ago do not start anything later.
  expect(await finding(wnm, "no-cron-line")).toBeDefined();
  runEachMinute(wnm);
  const before = await Bun.file(wnm.database).bytes();
  const { stdout, stderr } = await wnm.run(DOCTOR);
  expect(stderr).toBe("");
  expect(stdout.split("\n").length).toBeLessThanOrEqual(24);
  for (const says of [
    /^WNM (OK|WARNING) - /,
    /✓ storage .* belongs to this colony, \d+ nodes?, \S+ [kMGT]?B free of .* used/,
    /✓ database .* is intact/,
    /✓ node program antnode 0/,
    /✓ each of 2 running nodes has bound its port/,
    /memory: .* \/ \d+ MB for a node = \d+ nodes/,
  ])
    expect(stdout).toMatch(says);
  expect(await Bun.file(wnm.database).bytes()).toEqual(before);
  expect((await wnm.run([...DOCTOR, "-q"])).stdout).toBe("");
});

test("a stopped node's port that another program holds is reported with its holder, until it is free", async () => {
  await using wnm = await aRunningColony();
  await wnm.ok(["--force_action=stop", "--service_name=2"]);
  const port = Number(wnm.nodes()[1]?.port);
  const squatter = createSocket("udp4");
  await new Promise<void>((bound) => squatter.bind(port, "0.0.0.0", bound));
  try {
    const taken = await finding(wnm, "port-taken");
    expect(taken?.sentence).toContain(`antnode0002: its port ${port} is held by pid ${process.pid} (bun`);
    expect(taken?.cure).toContain(`kill ${process.pid}`);
  } finally {
    squatter.close();
  }
  expect(await finding(wnm, "port-taken")).toBeUndefined();
});

test("a node keeps running without its metrics port if another program had it first, and the cure gets the port back", async () => {
  await using wnm = await aColony("--node_cap=1", "--delay_restart=600");
  await wnm.ok([]);
  await wnm.ok(["--force_action=stop", "--service_name=1"]);
  const port = Number(wnm.nodes()[0]?.metrics_port);
  const serve = `Bun.serve({ hostname: "127.0.0.1", port: ${port}, fetch: () => new Response("", { status: 404 }) }); console.log("ready")`;
  await using stranger = Bun.spawn([process.execPath, "-e", serve], { stdout: "pipe" });
  for await (const _ of stranger.stdout) break;
  await wnm.run(["--force_action=start", "--service_name=1"]);
  const taken = await until(async () => {
    await wnm.run(["--force_action=survey"]);
    return finding(wnm, "port-taken");
  }, "the node to be silent");
  expect(taken.sentence).toContain(`its metrics port ${port} is held by pid ${stranger.pid} (bun`);
  await cured(wnm, taken.cure);
  await stranger.exited;
  await wnm.ok(["--force_action=survey"]);
  expect(await finding(wnm, "port-taken")).toBeUndefined();
});

test("a storage without its marker, and a damaged or missing database, are found and cured", async () => {
  await using wnm = await aRunningColony();
  const marker = join(wnm.base, "node/.wnm-storage");
  renameSync(marker, `${marker}.away`);
  const unmarked = await finding(wnm, "storage-problem");
  expect(unmarked?.sentence).toContain(".wnm-storage");
  await cured(wnm, unmarked?.cure);
  expect(await finding(wnm, "storage-problem")).toBeUndefined();
  await wnm.ok([]);
  copyFileSync(wnm.database, `${wnm.database}.wnm1.bak`);
  // The head of the file says how many pages are free. SQLite, file format, 1.3.6.
  const bytes = Buffer.from(await Bun.file(wnm.database).bytes());
  bytes.writeUInt32BE(bytes.readUInt32BE(36) + 3, 36);
  writeFileSync(wnm.database, bytes);
  await cured(wnm, (await finding(wnm, "database-damaged"))?.cure);
  expect(await finding(wnm, "database-damaged")).toBeUndefined();
  copyFileSync(wnm.database, `${wnm.database}.kept`);
  writeFileSync(wnm.database, "garbage");
  const gone = await wnm.run(DOCTOR);
  expect([gone.code, gone.stderr]).toEqual([3, ""]);
  await cured(wnm, (await finding(wnm, "colony-unreadable"))?.cure);
  await wnm.ok([]);
  renameSync(wnm.database, `${wnm.database}.away`);
  const lost = await finding(wnm, "colony-unreadable");
  expect(lost?.sentence).toEndWith("take the nodes over");
  await cured(wnm, lost?.cure);
  await wnm.ok([]);
  expect(wnm.nodes()).toHaveLength(2);
});

test("a missing program, and one for another machine, are found", async () => {
  await using wnm = await aRunningColony();
  const program = join(wnm.home, ".local/bin/antnode");
  renameSync(program, `${program}.away`);
  expect((await finding(wnm, "no-node-program"))?.sentence).toContain(program);
  const bytes = Buffer.from(await Bun.file(`${program}.away`).bytes());
  bytes.writeUInt16LE(8, 18);
  writeFileSync(program, bytes, { mode: 0o755 });
  expect(await finding(wnm, "program-unfit")).toMatchObject({
    sentence: expect.stringContaining("another machine"),
    // The nodes are antnodes, and --get_node without a value fetches ant-node.
    cure: "wnm --get_node --node_software antnode",
  });
});

test("a mistake in the settings file, which stops cron's runs, is named with its place", async () => {
  await using wnm = await aRunningColony();
  appendFileSync(join(wnm.base, ".env"), "\nCPU_REMOVE=lots\n");
  const wrong = await finding(wnm, "settings-wrong");
  expect(wrong?.sentence).toContain("cpu_remove");
  await cured(wnm, wrong?.cure);
  expect(await finding(wnm, "settings-wrong")).toBeUndefined();
  expect(await Bun.file(join(wnm.base, ".env")).text()).toContain("# CPU_REMOVE=lots\n");
});

test("without a colony the doctor exits with 3 and says how to begin", async () => {
  await using wnm = await aHome();
  const { code, stdout, stderr } = await wnm.run(DOCTOR);
  expect([code, stderr]).toEqual([3, ""]);
  expect(stdout).toContain("wnm --init");
});

test("the bundle has what a helper needs, only its owner can read it, and it does not reveal who or where", async () => {
  await using wnm = await aRunningColony();
  const secrets = [
    "hunter2",
    "203.0.113.77",
    "anna@example.org",
    "0x00455d78f850b0358e8cea5be24d415e01e107cf",
  ];
  await wnm.ok(["--force_action=update_config", `--environment=PLAIN=${secrets[0]} PEER=${secrets[1]}`]);
  wnm.sql(
    "UPDATE node SET problem = ? WHERE id = 1",
    `could not reach ${secrets.slice(1).join(" ")} for ${wnm.home}`,
  );
  const path = join(wnm.home, "bundle.txt");
  await wnm.run([...DOCTOR, "--bundle", path]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const text = await Bun.file(path).text();
  for (const section of ["doctor", "versions", "settings", "nodes", "events", "units"])
    expect(text).toContain(`== ${section}\n`);
  expect(text).toContain("node_cap: 2");
  const peers = wnm.nodes().map(({ peer_id }) => String(peer_id));
  for (const secret of [...secrets, ...peers, wnm.home].filter((one) => one !== "null"))
    expect(text).not.toContain(secret);
  expect(text).not.toMatch(new RegExp(`(?<![\\w-])${RegExp.escape(hostname())}(?![\\w-])`));
  const again = await wnm.run([...DOCTOR, "--bundle", path]);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("exists")]);
  expect(await Bun.file(path).text()).toBe(text);
  expect((await wnm.run(["--report=health", `--bundle=${path}2`])).code).toBe(2);
});

test("a colony at --dbpath is cured by a call that reaches it, whatever is in its path", async () => {
  await using wnm = await aHome();
  const database = join(wnm.home, "my 'own' 100%/colony.db");
  mkdirSync(join(wnm.home, "my 'own' 100%"));
  const { stdout } = await wnm.init("--dbpath", database);
  expect(stdout).toContain(`→ wnm --dbpath '${database.replaceAll("'", `'\\''`)}' --dry_run\n`);
  const unrun = async () => {
    const { stdout: json } = await wnm.run([...DOCTOR, "--json", "--dbpath", database]);
    return (JSON.parse(json) as Report).findings.find(({ key }) => key === "no-run");
  };
  await cured(wnm, (await unrun())?.cure);
  expect(await unrun()).toBeUndefined();
});
