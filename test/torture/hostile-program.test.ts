import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFaults } from "../fixtures/antnode-faults.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { until } from "../support/until.ts";
import { aColony, aHome, type Wnm } from "../support/wnm.ts";
import { ageSample } from "./agreement.ts";

setDefaultTimeout(300_000);

const linesOf = (path: string): readonly string[] =>
  existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];

/** Puts a script in place of a program in one step, as a node does with its own. */
function replace(path: string, script: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.x`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  renameSync(`${path}.x`, path);
}

const node = (wnm: Wnm, id: number) => wnm.nodes().find((row) => row.id === id) ?? {};

test("a node that replaces its own program runs it only as itself, and wnm never executes it", async () => {
  await using wnm = await aColony("--node_cap=2");
  await wnm.ok(["--force_action", "add", "--count=2"]);
  const good = await buildAntnode(join(wnm.home, "good/antnode"));
  const fresh = await buildAntnode(join(wnm.home, "new/antnode"), "0.4.18");
  const calls = join(wnm.home, "calls");
  const own = String(node(wnm, 1).binary);
  const evil = `echo "$1" >>${calls}\n[ "$1" = --version ] && { echo 'Autonomi Node v9.9.9'; exit; }\nexec ${good} "$@"`;
  const each: readonly (readonly string[])[] = [
    [],
    ["--dry_run"],
    ["--force_action", "survey"],
    ["--report", "machine-metrics"],
    ["--force_action", "restart", "--service_name=1"],
    ["--force_action", "stop", "--service_name=1"],
    ["--force_action", "start", "--service_name=1"],
    ["--force_action", "upgrade", "--service_name=1", "--antnode_path", fresh],
  ];
  for (const args of each) {
    replace(own, `${evil}\n# ${args.join(" ")}`);
    ageSample(wnm);
    await wnm.run(args);
  }
  expect(linesOf(calls).length).toBeGreaterThan(0);
  expect(linesOf(calls).filter((word) => word !== "--bootstrap-cache-dir" && word !== "--root-dir")).toEqual(
    [],
  );
  expect(node(wnm, 2).version).toBe("0.4.17");
});

test("a failed upgrade of such a node restores the program it had, which no other node gets", async () => {
  await using wnm = await aColony("--node_cap=2");
  await wnm.ok(["--force_action", "add", "--count=2"]);
  await until(async () => {
    ageSample(wnm);
    await wnm.ok([]);
    return wnm.nodes().every((row) => row.status === "RUNNING");
  }, "two running nodes");
  const good = await buildAntnode(join(wnm.home, "good/antnode"));
  const [own, other] = [String(node(wnm, 1).binary), String(node(wnm, 2).binary)];
  const before = readFileSync(other).toHex();
  replace(own, `# mine\nexec ${good} "$@"`);
  const broken = join(wnm.home, "new/antnode");
  replace(
    broken,
    `case "$1" in --version) echo 'Autonomi Node v0.4.18'; exit;; --help) exit 2;; esac\nexit 3`,
  );
  const { code, stderr } = await wnm.run([
    "--force_action",
    "upgrade",
    "--service_name=1,2",
    "--antnode_path",
    broken,
  ]);
  expect(code).toBe(3);
  expect(
    stderr.match(/^ERROR .*version 0\.4\.17 runs again, and 0\.4\.18 is not tried again$/gm),
  ).toHaveLength(2);
  expect(readFileSync(own, "utf8")).toContain("# mine");
  expect(readFileSync(other).toHex()).toBe(before);
  expect(linesOf(own)[0]).toBe("#!/bin/sh");
});

test("a version that is not semantic neither ends a run nor decides anything", async () => {
  await using wnm = await aHome();
  const good = await buildAntnode(join(wnm.home, "good/antnode"));
  const saying = (version: string) =>
    `case "$1" in --version) echo 'Autonomi Node v${version}';; *) exec ${good} "$@";; esac`;
  replace(join(wnm.home, ".local/bin/antnode"), saying("0.4.17.1"));
  await wnm.init("--node_cap=2");
  await wnm.ok(["--force_action", "add", "--count=2"]);
  writeFaults(dirname(String(node(wnm, 1).binary)), {
    metadata_body: '# EOF\nant_node_antnode_version_info{antnode_version="1.2.3.4"} 1\n',
  });
  wnm.sql("UPDATE node SET version = '0.4.17.9.9' WHERE id = 1");
  replace(join(wnm.home, ".local/bin/antnode"), saying("0.4.17.2"));
  for (const args of [
    ...[[], ["--dry_run"], ["--enable_upgrade"], ["--enable_upgrade", "--dry_run"]],
    ...[
      ["--report", "machine-metrics"],
      ["--report", "node-status"],
    ],
    ["--force_action", "upgrade", "--service_name=2"],
    ...["stop", "start"].map((action) => ["--force_action", action, "--service_name=1"]),
  ]) {
    ageSample(wnm);
    const { code, stderr } = await wnm.run(args);
    expect({ args, code, bug: /This is a bug| {4}at /.test(stderr) }).toEqual({ args, code: 0, bug: false });
    if (args.includes("--enable_upgrade")) expect(stderr).not.toMatch(/upgrade antnode/);
  }
});

test("a program at --antnode_path that every account can change is neither run nor copied, and every run reports it", async () => {
  await using wnm = await aColony("--node_cap=2");
  await wnm.ok(["--force_action", "add"]);
  const [program, calls] = [join(wnm.home, "open/antnode"), join(wnm.home, "calls")];
  replace(program, `echo "$1" >>${calls}`);
  chmodSync(program, 0o777);
  ageSample(wnm);
  const { code, stdout } = await wnm.run(["--json", "--antnode_path", program]);
  expect(code).toBe(3);
  expect(JSON.parse(stdout).findings).toMatchObject([
    {
      key: "program-not-trusted",
      severity: "bad",
      sentence: expect.stringContaining(`every account can change ${program}`),
      cure: `chmod go-w ${program}`,
    },
  ]);
  expect(wnm.nodes()).toHaveLength(1);
  expect(linesOf(calls)).toEqual([]);
  Bun.spawnSync(["sh", "-c", `chmod go-w ${program}`]);
  const cured = await wnm.run(["--json"]);
  expect(JSON.parse(cured.stdout).findings?.map(({ key }: { key: string }) => key) ?? []).not.toContain(
    "program-not-trusted",
  );
});
