import { expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeYear } from "../support/a-year.ts";
import { aColony, aHome, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

test("every run writes the complete page to page_path, with what it did, and none without page_path", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok([]);
  mkdirSync(join(wnm.home, "www"));
  const page = join(wnm.home, "www/wnm.html");
  await wnm.ok(["--page_path=~/www/wnm.html"]);
  const first = readFileSync(page, "utf8");
  expect(first).toStartWith("<!DOCTYPE html>");
  expect(first).toEndWith("</html>\n");
  expect(first).toContain("antnode0001");
  expect(statSync(page).mode & 0o777).toBe(0o644);
  await wnm.kill(1);
  await wnm.ok([]);
  expect(readFileSync(page, "utf8")).toMatch(/<td>died<\/td><td>antnode0001<\/td>/);
  expect(readdirSync(join(wnm.home, "www"))).toEqual(["wnm.html"]);
  const { mtimeMs } = statSync(page);
  await wnm.ok(["--page_path="]);
  await wnm.ok([]);
  expect(statSync(page).mtimeMs).toBe(mtimeMs);
});

const openKeys = async (wnm: Wnm): Promise<readonly string[]> =>
  (JSON.parse((await wnm.ok(["--json"])).stdout).findings ?? []).map(({ key }: { key: string }) => key);

test("a path that no page can be written to is refused when typed, and nothing is stored", async () => {
  await using wnm = await aColony("--node_cap=0");
  mkdirSync(join(wnm.home, "www"));
  for (const [path, because] of [
    ["~/nowhere/wnm.html", `there is no folder ${wnm.home}/nowhere; first: mkdir -p`],
    ["~/www", `${wnm.home}/www is not a regular file`],
    ["~/.local/bin/antnode/wnm.html", "is not a folder"],
  ] as const) {
    const { code, stderr } = await wnm.run([`--page_path=${path}`]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--page_path (command line): `)]);
    expect(stderr).toContain(because);
  }
  expect(wnm.machine().page_path).toBeNull();
  expect((await wnm.run(["--report=health", "--json"])).stdout).not.toContain("run-refused");
});

test("a page that cannot be written fails no run, and is a finding until it is cured", async () => {
  await using wnm = await aColony("--node_cap=0");
  const folder = join(wnm.home, "www");
  mkdirSync(folder);
  await wnm.ok(["--page_path=~/www/wnm.html"]);
  renameSync(folder, `${folder}.away`);
  const found = JSON.parse((await wnm.ok(["--json"])).stdout).findings;
  expect(found).toMatchObject([
    { key: "page-unwritable", cure: expect.stringContaining(`mkdir -p '${folder}'`) },
  ]);
  mkdirSync(folder);
  await wnm.ok([]);
  expect(await openKeys(wnm)).toEqual([]);
});

test("a folder in place of the metrics file has a cure that names a file in it", async () => {
  await using wnm = await aColony("--node_cap=0");
  const path = join(wnm.home, "figures");
  await wnm.ok(["--prometheus_path=~/figures"]);
  rmSync(path);
  mkdirSync(path);
  const found = JSON.parse((await wnm.ok(["--json"])).stdout).findings;
  const cure = `wnm --prometheus_path '${path}/wnm.prom'`;
  expect(found).toMatchObject([{ key: "metrics-unwritable", cure }]);
  await wnm.ok(["--prometheus_path", `${path}/wnm.prom`]);
  expect(await openKeys(wnm)).not.toContain("metrics-unwritable");
});

test("a page older than its run becomes a finding once that has lasted", async () => {
  await using wnm = await aColony("--node_cap=0");
  await wnm.ok(["--page_path=~/wnm.html"]);
  utimesSync(join(wnm.home, "wnm.html"), 1, 1);
  expect(await openKeys(wnm)).not.toContain("page-not-written");
  wnm.sql("UPDATE finding SET since = since - 300 WHERE key = 'page-not-written'");
  utimesSync(join(wnm.home, "wnm.html"), 1, 1);
  expect(await openKeys(wnm)).toContain("page-not-written");
  await wnm.ok([]);
  expect(await openKeys(wnm)).not.toContain("page-not-written");
});

test("--report page writes the file that --output names, and prints the page otherwise", async () => {
  await using wnm = await aHome();
  await wnm.init();
  writeYear(wnm.database, 3, Math.floor(Date.now() / 1000));
  const { stdout } = await wnm.ok(["--report=page"]);
  expect(stdout).toStartWith("<!DOCTYPE html>");
  await wnm.ok(["--report=page", "--output=wnm.html"]);
  const text = readFileSync(join(wnm.home, "wnm.html"), "utf8");
  expect(text.match(/<svg /g)).toHaveLength(18);
  const failed = await wnm.run(["--report=page", "--output=/nowhere/wnm.html"]);
  expect([failed.code, failed.stderr]).toEqual([
    1,
    expect.stringContaining("/nowhere/wnm.html cannot be written"),
  ]);
});

test("an overview does not wait for a measurement: without a run, the processor's share is unknown", async () => {
  await using wnm = await aHome();
  await wnm.init();
  wnm.sql("DELETE FROM sample");
  const { stdout } = await wnm.ok(["--report=overview"]);
  expect(stdout).toContain("\nmachine  cpu - of ");
  expect(stdout).toContain("\nnow      unknown until a run has measured the processor\n");
});

test("every run writes the metrics to prometheus_path, with its counts and refused runs", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok([]);
  const folder = mkdtempSync(join(tmpdir(), "wnm-prom-"));
  chmodSync(folder, 0o755);
  try {
    const path = join(folder, "wnm.prom");
    await wnm.ok([`--prometheus_path=${path}`]);
    const first = readFileSync(path, "utf8");
    expect(first).toContain('\nwnm_node_up{node="antnode0001"} 1\n');
    expect(first).toMatch(/\nwnm_last_run_timestamp_seconds \d+\n/);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    await wnm.kill(1);
    wnm.sql("ALTER TABLE storage RENAME TO away");
    for (const _ of [1, 2]) expect((await wnm.run([])).code).not.toBe(0);
    wnm.sql("ALTER TABLE away RENAME TO storage");
    await wnm.ok([]);
    const second = readFileSync(path, "utf8");
    expect(second).toContain('\nwnm_node_deaths_total{node="antnode0001"} 1\n');
    expect(second).toContain("\nwnm_refused_runs_total 2\n");
    expect(second).toContain('\nwnm_actions_total{action="add"} 1\n');
    expect(readdirSync(folder)).toEqual(["wnm.prom"]);
    await wnm.ok(["--prometheus_nodes=none"]);
    expect(readFileSync(path, "utf8")).not.toContain("wnm_node_up");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("metrics below a private folder are a finding, because node_exporter's account cannot see them", async () => {
  await using wnm = await aColony("--node_cap=0");
  const refused = await wnm.run(["--prometheus_path=~/nowhere/wnm.prom"]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("there is no folder")]);
  await wnm.ok(["--prometheus_path=~/wnm.prom"]);
  expect(await openKeys(wnm)).toContain("metrics-hidden");
  chmodSync(wnm.home, 0o755);
  expect(await openKeys(wnm)).not.toContain("metrics-hidden");
});
