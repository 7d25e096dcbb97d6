import { describe, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { nodePath } from "../../src/os/files/node-path.ts";
import { antNode } from "../../src/software/ant-node.ts";
import { renderConfig } from "../../src/software/ant-node-config.ts";
import { logTail, peerIdOfKey, readSavedPeers, smallText } from "../../src/software/ant-node-files.ts";
import { antNodeFindings } from "../../src/software/ant-node-findings.ts";
import { readLogTail } from "../../src/software/ant-node-log.ts";
import { antnode } from "../../src/software/antnode.ts";
import { blake3 } from "../../src/software/blake3.ts";
import { foreignFlags } from "../../src/software/foreign-flags.ts";
import { readLmdb } from "../../src/software/lmdb-header.ts";
import { closeGroup, freshIdentity } from "../fixtures/ant-node-files.ts";
import { aConfig, aNode, NOW } from "../support/builders.ts";

const START =
  '2026-11-23T13:26:12.443673Z  INFO ant_node: ant-node starting version="0.14.2" commit="unknown"';
const READY = "2026-11-23T13:26:12.491091Z  INFO ant_node::node: Node running, waiting for shutdown signal";
const peers = (count: number) =>
  `2026-11-23T13:26:20.000000Z  INFO saorsa_core::dht_network_manager: Routing table ready: ${count} peers (reachability classification pending)`;
const error = (text: string) => `2026-11-23T13:26:21.000000Z ERROR ant_node::storage: ${text}`;
const lines = (...all: readonly string[]) => Buffer.from(`${all.join("\n")}\n`);

describe("the tail of a log", () => {
  test("is not ready with only a start", () => {
    expect(readLogTail(lines(START)).ready).toBe(false);
  });

  test("leaves readiness unknown without a start or a line on readiness", () => {
    expect(readLogTail(lines(peers(3))).ready).toBeUndefined();
    expect(readLogTail(Buffer.from("")).ready).toBeUndefined();
  });

  test("gives readiness, with the last count of peers and its time", () => {
    expect(readLogTail(lines(START, READY, peers(3), peers(8)))).toEqual({
      ready: true,
      peers: { count: 8, at: Date.parse("2026-11-23T13:26:20Z") / 1000 },
      records: undefined,
      version: "0.14.2",
      trouble: undefined,
      full: undefined,
      counters: undefined,
    });
  });

  test("does not count lines before the last start", () => {
    const tail = readLogTail(lines(START, READY, peers(9), error("ML-DSA-65 signing failed: old"), START));
    expect(tail).toEqual({
      ready: false,
      peers: undefined,
      records: undefined,
      version: "0.14.2",
      trouble: undefined,
      full: undefined,
      counters: undefined,
    });
  });

  test("gives the chunks that the node counts at its start and in each prune pass", () => {
    const opened =
      "2026-11-23T13:26:13Z  INFO ant_node::storage::chunk_store: Chunk store open at /n/chunks (12 chunks)";
    const pruned =
      "2026-11-23T13:26:20Z  INFO ant_node::replication::pruning: Prune pass complete: records total=15 in_range=15 pruned=0; paid total=99 marked=0";
    expect(readLogTail(lines(START, opened)).records?.count).toBe(12);
    expect(readLogTail(lines(START, opened, pruned)).records).toEqual({
      count: 15,
      at: Date.parse("2026-11-23T13:26:20Z") / 1000,
    });
    expect(readLogTail(lines(opened, pruned, START)).records).toBeUndefined();
  });

  test("gives the node's own last error, made harmless for terminals", () => {
    const failed = error("Error during upgrade process: disk \u001b[31mfull");
    expect(readLogTail(lines(START, READY, error("ML-DSA-65 signing failed: x"), failed)).trouble).toBe(
      "ant_node::storage: Error during upgrade process: disk  [31mfull",
    );
  });

  test("does not count errors about other nodes, or unknown errors, against this one", () => {
    const others = [
      error("Audit failure for 0a1b: reason=KeyAbsent, confirmed_failed_keys=1"),
      error("NAT traversal failed for 192.0.2.1:10000 after 3 attempts"),
      error("something new"),
    ];
    expect(readLogTail(lines(START, READY, ...others)).trouble).toBeUndefined();
    const own = error("ML-DSA-65 signing failed: x");
    expect(readLogTail(lines(START, own, ...others)).trouble).toContain("signing failed");
  });

  test("shows a full node by its rejection of an offer", () => {
    const rejected =
      "2026-11-23T13:26:20Z  INFO ant_node::storage::disk_precheck: Rejecting fresh replication offer before payment verification: storage error: Insufficient disk space: 0.39 GiB available, 0.49 GiB reserve required. key=ab";
    expect(readLogTail(lines(START, rejected)).full).toEqual({
      words: "Insufficient disk space: 0.39 GiB available, 0.49 GiB reserve required. key=ab",
      at: Date.parse("2026-11-23T13:26:20Z") / 1000,
    });
    expect(readLogTail(lines(rejected, START)).full).toBeUndefined();
  });

  test("skips a truncated first line", () => {
    expect(readLogTail(lines("nning, waiting for shutdown signal", READY)).ready).toBe(true);
  });

  test("is read from any text without throwing", () => {
    fc.assert(fc.property(fc.string({ maxLength: 2000 }), (text) => void readLogTail(Buffer.from(text))));
  });
});

describe("the identity file", () => {
  test("gives the hash of the public key as peer id", () => {
    const text = freshIdentity();
    const { public_key } = JSON.parse(text) as { public_key: readonly number[] };
    expect(peerIdOfKey(text)).toBe(blake3(Uint8Array.from(public_key)).toHex());
  });

  test("gives no peer id if it is half written or not an identity", () => {
    const text = freshIdentity();
    expect(peerIdOfKey(text.slice(0, -40))).toBeUndefined();
    for (const wrong of ["", "null", "[]", '{"public_key":[1,2,3]}', '{"public_key":"x"}'])
      expect(peerIdOfKey(wrong)).toBeUndefined();
    expect(peerIdOfKey(JSON.stringify({ public_key: Array(1952).fill(256) }))).toBeUndefined();
  });
});

test("a pipe, a folder or a huge file in place of a node's file is unknown, and delays nothing", async () => {
  const home = mkdtempSync(join(tmpdir(), "wnm-hostile-"));
  try {
    const [pipe, huge, folder] = [join(home, "pipe"), join(home, "huge"), join(home, "chunks.mdb")];
    expect(await Bun.spawn(["mkfifo", pipe]).exited).toBe(0);
    writeFileSync(huge, "");
    truncateSync(huge, 2 ** 33);
    mkdirSync(folder);
    expect(await Bun.spawn(["mkfifo", join(folder, "data.mdb")]).exited).toBe(0);
    symlinkSync("/etc/passwd", join(home, "link"));
    symlinkSync("/etc", join(home, "linked"));
    for (const name of ["pipe", "huge", "none", "chunks.mdb", "link", "linked/passwd"])
      expect([name, smallText(home, name)]).toEqual([name, undefined]);
    expect(readLmdb(nodePath(folder, "data.mdb"))).toBeUndefined();
    expect(await Bun.spawn(["mkfifo", join(home, "ant-node.2026-01-01.log")]).exited).toBe(0);
    expect(logTail(home, 0, NOW)).toBeUndefined();
    truncateSync(huge, 2 ** 32);
    renameSync(huge, join(home, "ant-node.2026-01-02.log"));
    expect(logTail(home, 0, NOW)).toHaveLength(64 * 1024);
    expect(logTail(home, Date.now() / 1000 + 60, NOW)).toBeUndefined();
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test("saved peers come with their time, and other text gives none", () => {
  expect(readSavedPeers(closeGroup(7, 1_800_000_000))).toEqual({ count: 7, at: 1_800_000_000 });
  for (const wrong of ["", "{}", '{"peers":3,"saved_at_epoch_secs":1}', '{"peers":[]}'])
    expect(readSavedPeers(wrong)).toBeUndefined();
});

test("the config file is TOML with the intended values", () => {
  const read = (config: Parameters<typeof renderConfig>[0]) => Bun.TOML.parse(renderConfig(config));
  expect(read({ disk_reserve_mb: 300, upgrades_itself: true })).toEqual({
    storage: { disk_reserve_mb: 300 },
  });
  expect(read({ disk_reserve_mb: undefined, upgrades_itself: true })).toEqual({});
  expect(read({ disk_reserve_mb: 0, upgrades_itself: false })).toEqual({
    storage: { disk_reserve_mb: 0 },
    upgrade: { check_interval_hours: 8760 },
  });
});

describe("the version text", () => {
  test.each([
    ["ant-node 0.14.2\n", "0.14.2"],
    ["ant-node 0.14.2-rc.1\n", "0.14.2-rc.1"],
  ])("%p is an ant-node's and not an antnode's", (printed, version) => {
    expect(antNode.version(printed)).toBe(version);
    expect(antnode.version(printed)).toBeUndefined();
  });

  test.each(["Autonomi Node v0.4.17\n", "Autonomi Node -- Nightly Release 2026.02.11\n"])(
    "%p is an antnode's and not an ant-node's",
    (printed) => {
      expect(antNode.version(printed)).toBeUndefined();
      expect(antnode.version(printed)).toBeDefined();
    },
  );
});

const ALL_FLAGS: ReadonlySet<string> = new Set([
  ...["--root-dir", "--port", "--metrics-port", "--rewards-address", "--evm-network", "--stop-on-upgrade"],
  ...["--config", "--ipv4-only", "--network-mode", "--enable-logging", "--log-level", "--log-dir"],
  ...["--log-max-files", "--bootstrap"],
]);

describe("the command line", () => {
  const node = aNode(1, { software: "ant-node", network: "arbitrum-one" });
  const place = {
    home: "/home/ant",
    bootstrap_cache: "/cache",
    foreign_flags: foreignFlags("ant-node"),
    supervised: false,
    disk_reserve_mb: 500,
  };
  const words = (config: Parameters<typeof aConfig>[0], flags: ReadonlySet<string> = ALL_FLAGS) =>
    antNode.arguments(node, aConfig(config), flags, place);
  const after = (all: readonly string[], flag: string) => all[all.indexOf(flag) + 1];

  test("always makes the node stop for its upgrade, and never uses the common metrics port", () => {
    const all = words({});
    expect(all).toContain("--stop-on-upgrade");
    expect(after(all, "--metrics-port")).toBe(String(node.metrics_port));
    expect(after(all, "--config")).toBe(`${node.root_dir}/ant-node.toml`);
  });

  test("replaces the common metrics port by none", () => {
    const common = antNode.arguments({ ...node, metrics_port: 9100 }, aConfig(), ALL_FLAGS, place);
    expect(after(common, "--metrics-port")).toBe("0");
  });

  test("turns settings into flags, and off into no logging", () => {
    const all = words({ ipv4_only: true, network_mode: "testnet", node_log_level: "warn" });
    expect(all).toContain("--ipv4-only");
    expect(after(all, "--network-mode")).toBe("testnet");
    expect(after(all, "--log-level")).toBe("warn");
    expect(words({ node_log_level: "off" }).filter((word) => word.includes("log"))).toEqual([]);
  });

  test("gives nothing twice that the operator gives in start_args", () => {
    const all = words({ start_args: "--log-level=debug --bootstrap 192.0.2.1:10000 --network-mode testnet" });
    expect(all.filter((word) => word.startsWith("--log-level"))).toEqual(["--log-level=debug"]);
    expect(after(all, "--bootstrap")).toBe("192.0.2.1:10000");
    expect(all.filter((word) => word === "--network-mode")).toHaveLength(1);
  });

  test("leaves out arguments that only the legacy program knows, with their values", () => {
    expect(words({ start_args: "--relay --peer /ip4/192.0.2.1/udp/1 --ipv4-only" }).slice(-1)).toEqual([
      "--ipv4-only",
    ]);
  });

  test("leaves out arguments that only newer versions know, and gives them to those", () => {
    const start_args = "--disable-webrtc-direct --webrtc-direct-bind 0.0.0.0:0 --ipv4-only";
    expect(words({ start_args }).slice(-1)).toEqual(["--ipv4-only"]);
    expect(words({ start_args }).join(" ")).not.toContain("webrtc");
    const newer = new Set([...ALL_FLAGS, "--disable-webrtc-direct", "--webrtc-direct-bind"]);
    expect(words({ start_args }, newer).slice(-4)).toEqual(start_args.split(" "));
  });

  test("gives a fixed port for browsers if the program has the flag, unless a setting or the operator disables it", () => {
    const newer = new Set([...ALL_FLAGS, "--disable-webrtc-direct", "--webrtc-direct-port"]);
    const browsers = (config: Parameters<typeof aConfig>[0], flags: ReadonlySet<string> = newer) =>
      words(config, flags).filter((word, i, all) => /webrtc|^30001$/.test(word) && all[i - 1] !== "--port");
    expect(browsers({})).toEqual(["--webrtc-direct-port", "30001"]);
    expect(antNode.webrtcPort(node, aConfig(), newer)).toBe(30_001);
    expect(antNode.webrtcPort({ ...node, rpc_port: 0 }, aConfig({ rpc_port_start: 31 }), newer)).toBe(31_001);
    expect(browsers({ webrtc_direct: "off" })).toEqual(["--disable-webrtc-direct"]);
    expect(browsers({ start_args: "--disable-webrtc-direct" })).toEqual(["--disable-webrtc-direct"]);
    expect(browsers({ start_args: "--webrtc-direct-port 0" })).toEqual(["--webrtc-direct-port"]);
    for (const start_args of ["--disable-webrtc-direct", "--webrtc-direct-port 0"])
      expect(antNode.webrtcPort(node, aConfig({ start_args }), newer)).toBeUndefined();
    for (const [value, port] of [
      ["true", undefined],
      ["false", 30_001],
    ] as const)
      expect(
        antNode.webrtcPort(node, aConfig({ environment: `ANT_DISABLE_WEBRTC_DIRECT=${value}` }), newer),
      ).toBe(port);
    expect(browsers({}, ALL_FLAGS)).toEqual([]);
    expect(browsers({ webrtc_direct: "off" }, ALL_FLAGS)).toEqual([]);
    expect(antNode.webrtcPort(node, aConfig(), ALL_FLAGS)).toBeUndefined();
  });

  test("leaves out an optional flag that the program lacks; a missing required flag is an error", () => {
    const lacking = (flag: string) => new Set([...ALL_FLAGS].filter((known) => known !== flag));
    expect(words({ ipv4_only: true }, lacking("--ipv4-only"))).not.toContain("--ipv4-only");
    expect(() => words({}, lacking("--stop-on-upgrade"))).toThrow(/--stop-on-upgrade/);
    expect(() => words({ start_args: "--frobnicate" })).toThrow(/--frobnicate/);
  });

  test("comes with an environment without a RUST_LOG that the node would refuse", () => {
    expect(antNode.environment({ RUST_LOG: "ant_node=debug", A: "1" })).toEqual({ A: "1" });
    expect(antNode.environment({ RUST_LOG: "warn" })).toEqual({ RUST_LOG: "warn" });
  });
});

test("a log folder that a node filled with names is not listed", () => {
  const folder = mkdtempSync(join(tmpdir(), "wnm-names-"));
  try {
    writeFileSync(join(folder, "ant-node.2026-01-01.log"), "a line\n");
    expect(String(logTail(folder, 0, NOW))).toBe("a line\n");
    for (let i = 0; i < 4_500; i++) writeFileSync(join(folder, String(i).padStart(250, "x")), "");
    // Not every file system includes the names of a folder in its size.
    const is_large = statSync(folder).size > 1024 * 1024;
    expect(logTail(folder, 0, NOW)?.toString()).toBe(is_large ? undefined : "a line\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 300_000);

describe("findings from what a node reports", () => {
  const started_at = 1_000_000;
  const keys = (minutes: number, told: Partial<Parameters<typeof antNodeFindings>[1]> = {}) =>
    antNodeFindings(aNode(1), {
      log: undefined,
      peers: undefined,
      started_at,
      now: started_at + minutes * 60,
      ...told,
    }).map(({ key }) => key);

  test("report missing peers 15 minutes after its start, whatever an earlier process wrote", () => {
    expect(keys(14)).toEqual([]);
    expect(keys(15)).toEqual(["node-without-peers"]);
    expect(keys(15, { peers: { count: 0, at: started_at + 800 } })).toEqual(["node-without-peers"]);
    expect(keys(15, { peers: { count: 9, at: started_at - 1 } })).toEqual(["node-without-peers"]);
    expect(keys(15, { peers: { count: 1, at: started_at + 5 } })).toEqual([]);
    expect(keys(15, { started_at: undefined })).toEqual([]);
  });

  test("report a full disk for half an hour after the node did", () => {
    const log = { full: { words: "Insufficient disk space: x", at: started_at } };
    expect(keys(1, { log })).toEqual(["node-full"]);
    expect(keys(31, { log, started_at: undefined, now: started_at + 31 * 60 })).toEqual([]);
  });
});
