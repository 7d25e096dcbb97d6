import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Faults } from "../fixtures/ant-node.ts";
import { writeFaults } from "../fixtures/antnode-faults.ts";
import { buildAntNode, buildAntnode } from "../fixtures/build-antnode.ts";
import { until } from "../support/until.ts";
import { aHome, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

const PEERS = 'peers = ["192.0.2.1:10000"]\n';

/** A home with both programs next to each other; `first` is the one named by --antnode_path. */
async function aColony(first: "antnode" | "ant-node", ...args: readonly string[]): Promise<Wnm> {
  const wnm = await aHome();
  const bin = join(wnm.home, ".local/bin");
  mkdirSync(bin, { recursive: true });
  await buildAntnode(join(bin, "antnode"));
  await buildAntNode(join(bin, "ant-node"));
  writeFileSync(join(bin, "bootstrap_peers.toml"), PEERS);
  await wnm.init(`--antnode_path=~/.local/bin/${first}`, ...args);
  return wnm;
}

const folder = (wnm: Wnm, id: number): string => join(wnm.base, `node/antnode000${id}`);
const node = (wnm: Wnm, id = 1) => {
  const row = wnm.nodes().find((each) => each.id === id);
  if (row === undefined) throw new Error(`there is no node ${id}`);
  return row;
};
const commandLine = (pid: unknown): readonly string[] =>
  readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
const lives = (pid: unknown): boolean => existsSync(`/proc/${pid}/exe`);
const settled = (wnm: Wnm, id: number, faults: Faults) => writeFaults(folder(wnm, id), faults);

test("a new-generation node is created, surveyed, found crashed, restarted and removed", async () => {
  await using wnm = await aColony("ant-node");
  await wnm.ok(["--force_action", "add"]);
  const { pid, software, version, binary } = node(wnm);
  expect({ software, version, binary }).toEqual({
    software: "ant-node",
    version: "0.14.2",
    binary: join(folder(wnm, 1), "ant-node"),
  });
  expect(readFileSync(join(folder(wnm, 1), "bootstrap_peers.toml"), "utf8")).toBe(PEERS);
  const words = commandLine(pid);
  expect(words).toContain("--stop-on-upgrade");
  expect(words[words.indexOf("--metrics-port") + 1]).toBe(String(node(wnm).metrics_port));
  const config = Bun.TOML.parse(readFileSync(join(folder(wnm, 1), "ant-node.toml"), "utf8"));
  expect(config).toEqual({
    storage: { disk_reserve_mb: expect.any(Number) },
  });

  settled(wnm, 1, { records: 17, peers: 5, peers_saved_at: Math.floor(Date.now() / 1000) - 7200 });
  await until(() => existsSync(join(folder(wnm, 1), "close_group_cache.json")), "the node's peers");
  await until(async () => {
    await wnm.ok(["--force_action", "survey"]);
    return node(wnm).records === 17;
  }, "the node's records");
  const row = node(wnm);
  expect(row.peer_id).toMatch(/^[0-9a-f]{64}$/);
  expect({ status: row.status, connected_peers: row.connected_peers, shunned: row.shunned }).toEqual({
    status: "RUNNING",
    connected_peers: 5,
    shunned: -1,
  });
  expect(Number(row.mem)).toBeGreaterThan(100);
  expect(row.data_bytes).toBe((17 + 2) * 4096 + 2 * 4096);
  const { stdout } = await wnm.ok(["--report", "node-status"]);
  expect(stdout).toContain(`${row.peer_id} RUNNING`);
  expect(stdout).toContain("5 (2 h ago)");

  await wnm.kill(1);
  await wnm.ok([]);
  expect(node(wnm).pid).not.toBe(pid);
  expect(node(wnm)).toMatchObject({ crashes: 1, peer_id: row.peer_id });
  await wnm.ok(["--force_action", "remove"]);
  expect(wnm.nodes()).toHaveLength(0);
  expect(existsSync(folder(wnm, 1))).toBe(false);
});

test("a node that upgrades itself is restarted by the next run, and is neither a crash nor outdated", async () => {
  await using wnm = await aColony("ant-node", "--delay_start=300");
  await wnm.ok(["--force_action", "add", "--count", "2"]);
  const { pid } = node(wnm);
  const newer = await buildAntNode(join(wnm.home, "newer/ant-node"), "0.14.3");
  settled(wnm, 1, { upgrade_self_to: newer });
  await until(() => !lives(pid), "the node to end for its upgrade");
  rmSync(join(folder(wnm, 1), "fake.json"));
  // The other node still counts as starting and holds the only slot.
  const { stderr } = await wnm.ok(["--enable_upgrade"]);
  expect(stderr).toContain("start antnode0001: it went down");
  // Nothing runs its program to ask it: its version is unknown until its log states it.
  expect(node(wnm)).toMatchObject({ version: null, crashes: 0, status: "RESTARTING", wanted: "running" });
  expect(lives(node(wnm).pid)).toBe(true);
  await until(async () => {
    await wnm.ok(["--force_action", "survey"]);
    return node(wnm).version === "0.14.3";
  }, "the new version in the node's row");
  const { stdout } = await wnm.ok(["--report", "machine-metrics", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    nodes_to_upgrade: 0,
    nodes_by_version: { "0.14.2": 1, "0.14.3": 1 },
  });
});

test("a legacy node that upgraded itself has the new version in its row, and the older local program does not make it outdated", async () => {
  await using wnm = await aColony("antnode");
  await wnm.ok(["--force_action", "add"]);
  const { pid } = node(wnm);
  const newer = await buildAntnode(join(wnm.home, "newer/antnode"), "0.4.18");
  writeFaults(folder(wnm, 1), { upgrade_self_to: newer });
  await until(() => !lives(pid), "the node to end for its upgrade");
  await until(async () => {
    await wnm.ok(["--force_action", "survey"]);
    return node(wnm).version === "0.4.18";
  }, "the new version in the node's row");
  expect(node(wnm)).toMatchObject({ crashes: 0, status: "RUNNING" });
  expect(node(wnm).pid).not.toBe(pid);
  await wnm.ok(["--enable_upgrade"]);
  expect(node(wnm).version).toBe("0.4.18");
});

test("upgrades by wnm slow down the node's own upgrade check, and keep its identity and records", async () => {
  await using wnm = await aColony("ant-node");
  await wnm.ok(["--force_action", "add"]);
  const key = readFileSync(join(folder(wnm, 1), "node_identity.key"), "utf8");
  const config = () => readFileSync(join(folder(wnm, 1), "ant-node.toml"), "utf8");
  expect(config()).not.toContain("check_interval_hours");
  await buildAntNode(join(wnm.home, ".local/bin/ant-node"), "0.14.3");
  await wnm.ok(["--force_action", "survey"]);
  await wnm.ok([]);
  expect(node(wnm).version).toBe("0.14.2");
  await wnm.ok(["--enable_upgrade"]);
  expect(node(wnm)).toMatchObject({ version: "0.14.3", status: "UPGRADING" });
  expect(config()).toContain("check_interval_hours = 8760");
  expect(readFileSync(join(folder(wnm, 1), "node_identity.key"), "utf8")).toBe(key);
});

test("both generations live in one colony, and a legacy node is not outdated beside a new program", async () => {
  await using wnm = await aColony("antnode", "--start_args=--relay --cache-capacity 5000");
  await wnm.ok(["--force_action", "add"]);
  await wnm.ok(["--force_action", "add", "--node_software", "ant-node"]);
  expect(wnm.nodes().map(({ software, network }) => [software, network])).toEqual([
    ["antnode", "evm-arbitrum-one"],
    ["ant-node", "arbitrum-one"],
  ]);
  // A number whose port another program has bound is skipped.
  const [legacy, fresh] = wnm.nodes().map(({ pid }) => commandLine(pid));
  expect(legacy).toContain("--relay");
  expect(legacy).not.toContain("--cache-capacity");
  expect(fresh).not.toContain("--relay");
  expect(fresh).toContain("--cache-capacity");
  const { stdout } = await wnm.ok(["--enable_upgrade", "--dry_run"]);
  expect(stdout).not.toContain("upgrade antnode0001");
  await wnm.ok(["--force_action", "stop", "--service_name", "antnode0001"]);
  await wnm.ok(["--force_action", "start", "--service_name", "antnode0001"]);
  expect(lives(node(wnm, 1).pid)).toBe(true);
});

test("a start argument that neither generation knows is refused before anything is created", async () => {
  await using wnm = await aColony("ant-node", "--start_args=--no-such-flag 3");
  const { code, stderr } = await wnm.run(["--force_action", "add"]);
  expect(code).toBe(3);
  expect(stderr).toContain("does not know --no-such-flag");
  expect(wnm.nodes()).toHaveLength(0);
  expect(existsSync(folder(wnm, 1))).toBe(false);
});

test("RUST_LOG and ANT_* of the caller do not reach a node", async () => {
  await using wnm = await aColony("ant-node");
  const variables = { RUST_LOG: "ant_node=debug", ANT_ROOT_DIR: "/nowhere", ANT_PORT: "1" };
  await wnm.ok(["--force_action", "add"], variables);
  expect(lives(node(wnm).pid)).toBe(true);
  expect(readFileSync(`/proc/${node(wnm).pid}/environ`, "utf8")).not.toMatch(/RUST_LOG|ANT_/);
});

test("replacing a generation needs confirmation, says what is lost, and replaces one node at a time", async () => {
  await using wnm = await aColony("antnode", "--node_cap=2");
  await wnm.ok(["--force_action", "add", "--count", "2"]);
  await wnm.ok(["--force_action", "survey"]);
  const asked = ["--replace_generation", "--node_software=ant-node"];
  const refused = await wnm.run(asked);
  expect(refused.code).toBe(5);
  expect(refused.stderr).toMatch(/antnode0001 \(antnode 0\.4\.17\): an age of 0\.0 days and \d+ records/);
  expect(wnm.machine()).toMatchObject({ replace_generation: 0, node_software: "auto" });
  const { stdout, stderr } = await wnm.ok([...asked, "--dry_run"]);
  expect(stdout).toContain("replace antnode0002 by antnode0003");
  expect(stderr).toContain("To be replaced: antnode0001");
  expect(wnm.nodes()).toHaveLength(2);

  await wnm.ok([...asked, "--confirm"]);
  const kinds = () => wnm.nodes().map(({ id, software }) => [id, software]);
  expect(kinds()).toEqual([
    [1, "antnode"],
    [3, "ant-node"],
  ]);
  await until(
    async () => {
      await wnm.ok([]);
      return wnm.nodes().every(({ software }) => software === "ant-node");
    },
    "the last old node to be replaced",
    60_000,
  );
  expect(wnm.nodes()).toHaveLength(2);
  expect(existsSync(folder(wnm, 1))).toBe(false);
  await wnm.ok([]);
  expect(wnm.nodes()).toHaveLength(2);
});

test("a new node that does not come up leaves the old one in place", async () => {
  await using wnm = await aColony("antnode", "--node_cap=1");
  await wnm.ok(["--force_action", "add"]);
  await wnm.ok(["--force_action", "survey"]);
  const { pid } = node(wnm);
  const { code } = await wnm.run([
    "--replace_generation",
    "--confirm",
    "--node_software=ant-node",
    "--environment=ANT_LOG_FORMAT=nonsense",
  ]);
  expect(code).toBe(3);
  expect(wnm.nodes()).toHaveLength(1);
  expect(node(wnm).pid).toBe(pid);
  expect(lives(pid)).toBe(true);
});

test("identities are exported once, readable only by the owner, and restored only where none exists", async () => {
  await using wnm = await aColony("antnode");
  await wnm.ok(["--force_action", "add"]);
  await wnm.ok(["--force_action", "add", "--node_software", "ant-node"]);
  const keys = [join(folder(wnm, 1), "secret-key"), join(folder(wnm, 2), "node_identity.key")];
  const before = keys.map((path) => readFileSync(path).toHex());
  const archive = join(wnm.home, "keys.json");
  await wnm.ok(["--export_keys", archive]);
  expect(statSync(archive).mode & 0o777).toBe(0o600);
  expect((await wnm.run(["--export_keys", archive])).code).toBe(1);

  expect((await wnm.ok(["--import_keys", archive])).stdout).toContain("0 restored");
  await wnm.ok(["--force_action", "stop", "--count", "2"]);
  for (const path of keys) rmSync(path);
  const { stdout } = await wnm.ok(["--import_keys", archive]);
  expect(stdout).toContain("2 restored");
  expect(keys.map((path) => readFileSync(path).toHex())).toEqual(before);
  for (const path of keys) expect(statSync(path).mode & 0o777).toBe(0o600);

  writeFileSync(keys[0] ?? "", "another identity");
  await wnm.ok(["--import_keys", archive]);
  expect(readFileSync(keys[0] ?? "", "utf8")).toBe("another identity");
});

test("an archive from another machine is refused until the operator confirms that its nodes are gone", async () => {
  await using wnm = await aColony("ant-node");
  await wnm.ok(["--force_action", "add"]);
  const archive = join(wnm.home, "keys.json");
  await wnm.ok(["--export_keys", archive]);
  await wnm.ok(["--force_action", "stop"]);
  const key = join(folder(wnm, 1), "node_identity.key");
  rmSync(key);
  const text = readFileSync(archive, "utf8");
  writeFileSync(archive, text.replace(/"host": "[0-9a-f]+"/, '"host": "elsewhere"'));
  const { code, stderr } = await wnm.run(["--import_keys", archive]);
  expect(code).toBe(5);
  expect(stderr).toContain("another machine");
  expect(existsSync(key)).toBe(false);
  await wnm.ok(["--import_keys", archive, "--confirm"]);
  expect(existsSync(key)).toBe(true);
  writeFileSync(archive, text.slice(0, 900));
  expect((await wnm.run(["--import_keys", archive])).stderr).toContain("not a complete key archive");
});
