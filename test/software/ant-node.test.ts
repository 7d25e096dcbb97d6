import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { antNode } from "../../src/software/ant-node.ts";
import { renderConfig } from "../../src/software/ant-node-config.ts";
import { logTail, peerIdOfKey, readCloseGroup, smallText } from "../../src/software/ant-node-files.ts";
import { readLogTail } from "../../src/software/ant-node-log.ts";
import { antnode } from "../../src/software/antnode.ts";
import { blake3 } from "../../src/software/blake3.ts";
import { readLmdb } from "../../src/software/lmdb-header.ts";
import { closeGroup, freshIdentity } from "../fixtures/ant-node-files.ts";
import { aConfig, aNode } from "../support/builders.ts";

const START =
  '2026-11-23T13:26:12.443673Z  INFO ant_node: ant-node starting version="0.14.2" commit="unknown"';
const READY = "2026-11-23T13:26:12.491091Z  INFO ant_node::node: Node running, waiting for shutdown signal";
const peers = (count: number) =>
  `2026-11-23T13:26:20.000000Z  INFO saorsa_core::dht_network_manager: Routing table ready: ${count} peers (reachability classification pending)`;
const error = (text: string) => `2026-11-23T13:26:21.000000Z ERROR ant_node::storage: ${text}`;
const lines = (...all: readonly string[]) => `${all.join("\n")}\n`;

describe("the tail of a log", () => {
  test("a start alone is not ready", () => {
    expect(readLogTail(lines(START)).ready).toBe(false);
  });

  test("without a start or a word of readiness it is unknown whether the node is ready", () => {
    expect(readLogTail(lines(peers(3))).ready).toBeUndefined();
    expect(readLogTail("").ready).toBeUndefined();
  });

  test("ready, with the last count of peers and its moment", () => {
    expect(readLogTail(lines(START, READY, peers(3), peers(8)))).toEqual({
      ready: true,
      peers: { count: 8, at: Date.parse("2026-11-23T13:26:20Z") / 1000 },
      trouble: undefined,
    });
  });

  test("what came before the last start does not count", () => {
    const tail = readLogTail(lines(START, READY, peers(9), error("old"), START));
    expect(tail).toEqual({ ready: false, peers: undefined, trouble: undefined });
  });

  test("the last error is told, harmless for terminals", () => {
    const tail = readLogTail(lines(START, READY, error("first"), error("disk \u001b[31mfull")));
    expect(tail.trouble).toBe("ant_node::storage: disk  [31mfull");
  });

  test("a first line that is cut off is passed over", () => {
    expect(readLogTail(lines("nning, waiting for shutdown signal", READY)).ready).toBe(true);
  });

  test("any text is read without a throw", () => {
    fc.assert(fc.property(fc.string({ maxLength: 2000 }), (text) => void readLogTail(text)));
  });
});

describe("the identity file", () => {
  test("the peer id is the hash of the public key", () => {
    const text = freshIdentity();
    const { public_key } = JSON.parse(text) as { public_key: readonly number[] };
    expect(peerIdOfKey(text)).toBe(blake3(Uint8Array.from(public_key)).toHex());
  });

  test("a file that is half written or no identity has no peer id", () => {
    const text = freshIdentity();
    expect(peerIdOfKey(text.slice(0, -40))).toBeUndefined();
    for (const wrong of ["", "null", "[]", '{"public_key":[1,2,3]}', '{"public_key":"x"}'])
      expect(peerIdOfKey(wrong)).toBeUndefined();
    expect(peerIdOfKey(JSON.stringify({ public_key: Array(1952).fill(256) }))).toBeUndefined();
  });
});

test("a pipe, a folder or a huge file in the place of a node's file is unknown, and holds nobody up", async () => {
  const home = mkdtempSync(join(tmpdir(), "wnm-hostile-"));
  try {
    const [pipe, huge, folder] = [join(home, "pipe"), join(home, "huge"), join(home, "chunks.mdb")];
    expect(await Bun.spawn(["mkfifo", pipe]).exited).toBe(0);
    writeFileSync(huge, "");
    truncateSync(huge, 2 ** 33);
    mkdirSync(folder);
    expect(await Bun.spawn(["mkfifo", join(folder, "data.mdb")]).exited).toBe(0);
    for (const path of [pipe, huge, home, join(home, "none")]) expect(smallText(path)).toBeUndefined();
    expect(readLmdb(folder)).toBeUndefined();
    expect(await Bun.spawn(["mkfifo", join(home, "ant-node.2026-01-01.log")]).exited).toBe(0);
    expect(logTail(home, 0)).toBeUndefined();
    truncateSync(huge, 2 ** 32);
    renameSync(huge, join(home, "ant-node.2026-01-02.log"));
    expect(logTail(home, 0)).toHaveLength(64 * 1024);
    expect(logTail(home, Date.now() / 1000 + 60)).toBeUndefined();
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test("peers saved earlier come with their moment; other text has none", () => {
  expect(readCloseGroup(closeGroup(7, 1_800_000_000))).toEqual({ count: 7, at: 1_800_000_000 });
  for (const wrong of ["", "{}", '{"peers":3,"saved_at_epoch_secs":1}', '{"peers":[]}'])
    expect(readCloseGroup(wrong)).toBeUndefined();
});

test("the config file is TOML that says what was meant, and never the whole disk", () => {
  const read = (config: Parameters<typeof renderConfig>[0]) => Bun.TOML.parse(renderConfig(config));
  expect(read({ db_size_gb: 3, disk_reserve_mb: 900, upgrades_itself: true })).toEqual({
    storage: { db_size_gb: 3, disk_reserve_mb: 900 },
  });
  expect(read({ db_size_gb: 0, disk_reserve_mb: 500, upgrades_itself: false })).toEqual({
    storage: { db_size_gb: 1, disk_reserve_mb: 500 },
    upgrade: { check_interval_hours: 8760 },
  });
});

describe("the version text", () => {
  test.each([
    ["ant-node 0.14.2\n", "0.14.2"],
    ["ant-node 0.14.2-rc.1\n", "0.14.2-rc.1"],
  ])("%p is of an ant-node and of no antnode", (printed, version) => {
    expect(antNode.version(printed)).toBe(version);
    expect(antnode.version(printed)).toBeUndefined();
  });

  test.each(["Autonomi Node v0.4.17\n", "Autonomi Node -- Nightly Release 2026.02.11\n"])(
    "%p is of an antnode and of no ant-node",
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
    supervised: false,
    ration: { db_size_gb: 2, disk_reserve_mb: 500 },
  };
  const words = (config: Parameters<typeof aConfig>[0], flags = ALL_FLAGS) =>
    antNode.arguments(node, aConfig(config), flags, place);
  const after = (all: readonly string[], flag: string) => all[all.indexOf(flag) + 1];

  test("it always stops for its upgrade, and its metrics port is never the common one", () => {
    const all = words({});
    expect(all).toContain("--stop-on-upgrade");
    expect(after(all, "--metrics-port")).toBe(String(node.metrics_port));
    expect(after(all, "--config")).toBe(`${node.root_dir}/ant-node.toml`);
  });

  test("the common metrics port itself becomes none", () => {
    const common = antNode.arguments({ ...node, metrics_port: 9100 }, aConfig(), ALL_FLAGS, place);
    expect(after(common, "--metrics-port")).toBe("0");
  });

  test("settings become flags, and off means no logging", () => {
    const all = words({ ipv4_only: true, network_mode: "testnet", node_log_level: "warn" });
    expect(all).toContain("--ipv4-only");
    expect(after(all, "--network-mode")).toBe("testnet");
    expect(after(all, "--log-level")).toBe("warn");
    expect(words({ node_log_level: "off" }).filter((word) => word.includes("log"))).toEqual([]);
  });

  test("what the operator gives in start_args is not given twice", () => {
    const all = words({ start_args: "--log-level=debug --bootstrap 192.0.2.1:10000 --network-mode testnet" });
    expect(all.filter((word) => word.startsWith("--log-level"))).toEqual(["--log-level=debug"]);
    expect(after(all, "--bootstrap")).toBe("192.0.2.1:10000");
    expect(all.filter((word) => word === "--network-mode")).toHaveLength(1);
  });

  test("arguments that only the legacy program knows are left out with their values", () => {
    expect(words({ start_args: "--relay --peer /ip4/192.0.2.1/udp/1 --ipv4-only" }).slice(-1)).toEqual([
      "--ipv4-only",
    ]);
  });

  test("an optional flag that this binary lacks is left out; a needed one is an error", () => {
    const lacking = (flag: string) => new Set([...ALL_FLAGS].filter((known) => known !== flag));
    expect(words({ ipv4_only: true }, lacking("--ipv4-only"))).not.toContain("--ipv4-only");
    expect(() => words({}, lacking("--stop-on-upgrade"))).toThrow(/--stop-on-upgrade/);
    expect(() => words({ start_args: "--frobnicate" })).toThrow(/--frobnicate/);
  });

  test("a RUST_LOG that it would not start with is left out of its environment", () => {
    expect(antNode.environment({ RUST_LOG: "ant_node=debug", A: "1" })).toEqual({ A: "1" });
    expect(antNode.environment({ RUST_LOG: "warn" })).toEqual({ RUST_LOG: "warn" });
  });
});
