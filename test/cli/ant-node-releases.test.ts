import { expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Faults } from "../fixtures/ant-node.ts";
import { writeLmdb } from "../fixtures/ant-node-files.ts";
import { writeFaults } from "../fixtures/antnode-faults.ts";
import { buildAntNode } from "../fixtures/build-antnode.ts";
import { until } from "../support/until.ts";
import { aHome, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

/** A colony whose new nodes run this version of ant-node. */
async function aColony(version: string, ...args: readonly string[]): Promise<Wnm> {
  const wnm = await aHome();
  const bin = join(wnm.home, ".local/bin");
  mkdirSync(bin, { recursive: true });
  await install(wnm, version);
  writeFileSync(join(bin, "bootstrap_peers.toml"), 'peers = ["192.0.2.1:10000"]\n');
  await wnm.init("--antnode_path=~/.local/bin/ant-node", ...args);
  return wnm;
}

const install = (wnm: Wnm, version: string) => buildAntNode(join(wnm.home, ".local/bin/ant-node"), version);

const folder = (wnm: Wnm, id: number): string => join(wnm.base, `node/antnode000${id}`);
const node = (wnm: Wnm, id = 1) => {
  const row = wnm.nodes().find((each) => each.id === id);
  if (row === undefined) throw new Error(`there is no node ${id}`);
  return row;
};
const becomes = (wnm: Wnm, id: number, faults: Faults) => writeFaults(folder(wnm, id), faults);

/** Surveys until the node's row matches; throws the row otherwise. */
const surveyedUntil = (wnm: Wnm, what: string, is: () => boolean) =>
  until(async () => {
    await wnm.run(["--force_action", "survey"]);
    return is();
  }, what);

test("chunks in files are counted; a store that the node does not read is a finding and adds no records", async () => {
  await using wnm = await aColony("0.23.1");
  await wnm.ok(["--force_action", "add"]);
  becomes(wnm, 1, { records: 7, chunk_bytes: 1000 });
  await surveyedUntil(wnm, "the node's chunks", () => node(wnm).records === 7);
  expect(node(wnm).data_bytes).toBe(7 * 1000 + 2 * 4096);

  const unread = join(folder(wnm, 1), "chunks.mdb");
  writeLmdb(unread, 40, 4096, 1);
  const { stderr, code } = await wnm.run(["--force_action", "survey"]);
  expect(code).toBe(3);
  expect(stderr).toContain(`${unread}: 40 chunks in ${42 * 4096} bytes are not served`);
  // What is not served may still be moved, so nothing is deleted.
  expect(stderr).toContain(`mv ${unread} ${unread}.unread`);
  Bun.spawnSync(["mv", unread, `${unread}.unread`]);
  expect((await wnm.ok(["--force_action", "survey"])).stderr).toContain("Over: ");
  expect(node(wnm).records).toBe(7);
});

test("a node whose chunks are in a database is not upgraded to a version that cannot read them until a version between has moved them", async () => {
  await using wnm = await aColony("0.18.1", "--node_cap=1");
  await wnm.ok(["--force_action", "add"]);
  becomes(wnm, 1, { records: 5 });
  await surveyedUntil(wnm, "the node's chunks", () => node(wnm).records === 5);
  const { pid } = node(wnm);

  await install(wnm, "0.23.1");
  const idle = await wnm.run(["--enable_upgrade"]);
  expect(idle.stderr).toContain("chunks.mdb holds 5 chunks");
  const forced = await wnm.run(["--force_action", "upgrade", "--service_name", "antnode0001"]);
  expect(forced.code).not.toBe(0);
  expect(forced.stderr).toContain("0.19.0 to 0.22.x must come between");
  expect(node(wnm)).toMatchObject({ version: "0.18.1", pid, status: "RUNNING" });

  await install(wnm, "0.22.0");
  becomes(wnm, 1, { migration: "complete" });
  await wnm.ok(["--force_action", "upgrade", "--service_name", "antnode0001"]);
  expect(node(wnm).version).toBe("0.22.0");
  await until(() => !existsSync(join(folder(wnm, 1), "chunks.mdb")), "the chunks to be moved");
  await install(wnm, "0.23.1");
  await wnm.ok(["--force_action", "upgrade", "--service_name", "antnode0001"]);
  await surveyedUntil(wnm, "the node's chunks", () => node(wnm).records === 5);
  expect(node(wnm).version).toBe("0.23.1");
});

test("start arguments that can serve only one node are refused, and a flag that older versions lack stops no node", async () => {
  await using wnm = await aColony("0.18.1");
  const given = (start_args: string) =>
    wnm.run(["--force_action", "update_config", `--start_args=${start_args}`]);
  for (const [flag, args] of [
    ["--webrtc-direct-port", "--webrtc-direct-port 9000"],
    ["--webrtc-port", "--ipv4-only --webrtc-port=9000"],
    ["--webrtc-direct-bind", "--webrtc-direct-bind 0.0.0.0:9000"],
    ["--port", "--port 9000"],
    ["-p", "-p 9000"],
    ["--log-dir", "--log-dir=/var/log/nodes"],
  ] as const) {
    const { code, stderr } = await given(args);
    expect([args, code]).toEqual([args, 2]);
    expect(stderr).toContain(`${flag} can serve only one`);
  }
  for (const flag of ["--config", "--rewards-address"]) {
    const { code, stderr } = await given(`${flag} /x`);
    expect([flag, code]).toEqual([flag, 2]);
    expect(stderr).toContain(`beside what wnm gives it, and ${flag} is among that`);
  }
  expect((await given("--webrtc-direct-bind 0.0.0.0:0 --disable-webrtc-direct")).code).toBe(0);
  await wnm.ok(["--force_action", "add"]);
  expect(node(wnm)).toMatchObject({ version: "0.18.1", status: "RESTARTING" });
});

/** UDP ports that the process has bound, sorted. */
const udpPortsOf = (pid: unknown): readonly number[] => {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const link = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [];
    }),
  );
  return readFileSync("/proc/net/udp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => sockets.has(fields[9] ?? ""))
    .map((fields) => Number.parseInt((fields[1] ?? "").split(":")[1] ?? "", 16))
    .sort((a, b) => a - b);
};

test("a node keeps its port for browsers from its first start through a restart and an upgrade, until it is switched off", async () => {
  await using wnm = await aColony("0.20.0", "--node_cap=1");
  await wnm.ok(["--force_action", "add"]);
  const { webrtc_port, rpc_port, port } = node(wnm);
  expect(webrtc_port).toBe(rpc_port);
  const bound = () => udpPortsOf(node(wnm).pid);
  const both = [Number(port), Number(rpc_port)].sort((a, b) => a - b);
  becomes(wnm, 1, { peers: 5 });
  await until(() => bound().length === 2, "both ports");
  expect(bound()).toEqual(both);
  const { stdout } = await wnm.ok(["--report", "node-status-details", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ webrtc_port });
  expect((await wnm.ok(["--report", "node-status-details"])).stdout).toContain(
    `WebRTC Port: ${webrtc_port}\n`,
  );

  await install(wnm, "0.23.1");
  await wnm.ok(["--force_action", "upgrade", "--service_name", "antnode0001"]);
  await until(() => bound().length === 2, "both ports");
  expect(bound()).toEqual(both);

  await wnm.ok(["--force_action", "update_config", "--webrtc_direct=off"]);
  expect(bound()).toEqual(both);
  await wnm.ok(["--force_action", "stop"]);
  await wnm.ok(["--force_action", "start"]);
  await until(() => bound().length === 1, "its own port");
  expect(bound()).toEqual([Number(port)]);
  expect(node(wnm)).toMatchObject({ webrtc_port: null, rpc_port });
});

test("a node of a version without browser support gets a port for browsers only when it is upgraded to one that has it", async () => {
  await using wnm = await aColony("0.18.1", "--node_cap=1");
  await wnm.ok(["--force_action", "add"]);
  expect(node(wnm).webrtc_port).toBeNull();
  await install(wnm, "0.20.0");
  await wnm.ok(["--force_action", "upgrade", "--service_name", "antnode0001"]);
  expect(node(wnm).webrtc_port).toBe(node(wnm).rpc_port);
});

test("ant-node without first peers is refused at init and add, with the cure, and nothing is created", async () => {
  await using wnm = await aHome();
  const bin = join(wnm.home, ".local/bin");
  await install(wnm, "0.23.1");
  const peers = readFileSync(join(bin, "bootstrap_peers.toml"));
  rmSync(join(bin, "bootstrap_peers.toml"));
  const refused = wnm.init("--antnode_path=~/.local/bin/ant-node", "--node_cap=1");
  await expect(refused).rejects.toThrow(
    /Nothing was created: .*no bootstrap_peers.toml with peers is beside it/,
  );
  expect(existsSync(wnm.base)).toBe(false);

  const config = join(wnm.home, ".config/ant");
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, "bootstrap_peers.toml"), peers);
  await wnm.init("--antnode_path=~/.local/bin/ant-node", "--node_cap=2");
  await wnm.ok(["--force_action", "add"]);
  expect(readFileSync(join(folder(wnm, 1), "bootstrap_peers.toml"))).toEqual(peers);

  rmSync(config, { recursive: true });
  const { code, stderr } = await wnm.run(["--force_action", "add"]);
  expect(code).toBe(5);
  expect(stderr).toContain("No node is added: ");
  expect(wnm.nodes()).toHaveLength(1);
  expect(existsSync(folder(wnm, 2))).toBe(false);
  const idle = await wnm.run([]);
  expect(idle.code).toBe(0);
  expect(idle.stderr).toContain("would find no network");
  // An existing node finds its peers from what it has stored.
  await wnm.ok(["--force_action", "stop"]);
  await wnm.ok(["--force_action", "start"]);
});

test("the routing table and the counters of a node are in every report, and a restart resets them", async () => {
  await using wnm = await aColony("0.23.1");
  await wnm.ok(["--force_action", "add"]);
  becomes(wnm, 1, {
    peers: 30,
    routing_peers: 214,
    counters: {
      wire_tx_bytes: 5000,
      wire_rx_bytes: 7000,
      get_rx_count: 9,
      get_success_tx_count: 8,
      put_success_tx_count: 4,
      merkle_payment_ok_count: 2,
      subtree_audit_fail_timeout: 1,
    },
  });
  // The line on payments is the last of a round.
  await surveyedUntil(wnm, "the node's counters", () => node(wnm).payment_count === 2);
  await surveyedUntil(wnm, "its routing table", () => node(wnm).total_peers === 214);
  await surveyedUntil(wnm, "its close group", () => node(wnm).connected_peers === 20);
  expect(node(wnm)).toMatchObject({ sent_bytes: 5000, received_bytes: 7000, gets: 8, puts: 4 });
  expect(node(wnm)).toMatchObject({ audits_failed: 1, audits_passed: 0 });

  const report = async (...args: readonly string[]) => (await wnm.ok(["--report", ...args])).stdout;
  const details = await report("node-status-details");
  expect(details).toContain("Routing table: 214 peers (0 min ago)");
  expect(details).toContain("Since its start: bytes sent 5000, bytes received 7000,");
  expect(await report("prometheus")).toContain('wnm_node_sent_bytes_total{node="antnode0001"} 5000');
  expect(await report("influx-resources")).toMatch(/gets=8i,puts=4i.*total_peers=214i.*sent_bytes=5000i/);

  const { pid } = node(wnm);
  becomes(wnm, 1, {});
  await wnm.ok(["--force_action", "restart", "--service_name", "antnode0001"]);
  await surveyedUntil(wnm, "another process", () => node(wnm).pid !== pid && node(wnm).version !== null);
  expect(node(wnm)).toMatchObject({ sent_bytes: null, counters_at: null });
});
