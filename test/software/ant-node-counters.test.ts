import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readCounters, rememberedCounters } from "../../src/software/ant-node-counters.ts";
import {
  CLOSE_GROUP,
  lookAtFolder,
  ROUTING_TABLE,
  readSavedPeers,
  savedPeers,
} from "../../src/software/ant-node-files.ts";
import { routingSnapshot } from "../fixtures/ant-node-files.ts";
import { aNode } from "../support/builders.ts";

const line = (second: string, text: string) => `2026-11-28T21:14:${second}.5Z  INFO ${text}`;
const log = (...lines: readonly string[]) => Buffer.from(`${lines.join("\n")}\n`);

/** As ant-node 0.23.1 logs them. */
const WIRE = "saorsa_core::traffic: wire traffic summary (cumulative)";
const CHUNKS = "ant_node::storage::traffic: chunk rpc traffic summary (cumulative)";
const AUDITS = "ant_node::replication::traffic: audit outcome summary (cumulative)";
const PAID = "ant_node::payment::traffic: evm rpc summary (cumulative)";
const ROUND = [
  line("11", `${WIRE} wire_tx_bytes=287464 wire_tx_count=44 overhead_tx_bytes=5 wire_rx_bytes=309153`),
  line(
    "12",
    `${AUDITS} group=4 responsible_audit_pass=7 responsible_audit_fail_timeout=1 responsible_audit_fail_rejected=2 subtree_audit_pass=1 subtree_audit_fail_key_absent=4 audit_dropped_byte=9`,
  ),
  line(
    "12",
    `${CHUNKS} group=1 get_rx_bytes=9 get_rx_count=12 put_rx_bytes=9 put_rx_count=6 quote_rx_bytes=9 quote_rx_count=3 merkle_quote_rx_count=1 quote_v2_rx_count=10 merkle_quote_v2_rx_count=20 pointer_get_rx_count=99`,
  ),
  line("12", `${CHUNKS} group=2 get_success_tx_bytes=9 get_success_tx_count=11 put_success_tx_count=5`),
  line(
    "12",
    `${PAID} completed_payments_ok_count=2 completed_payments_err_count=50 merkle_payment_ok_count=3`,
  ),
];

describe("the counters of the five-minute lines", () => {
  test("are reported with the time of the newest line", () => {
    expect(readCounters(log(...ROUND))).toEqual({
      counters_at: Date.parse("2026-11-28T21:14:12Z") / 1000,
      sent_bytes: 287_464,
      received_bytes: 309_153,
      get_requests: 12,
      put_requests: 6,
      quotes: 34,
      gets: 11,
      puts: 5,
      payment_count: 5,
      audits_passed: 8,
      audits_failed: 7,
    });
    expect(readCounters(log(...ROUND, line("20", `${WIRE} wire_tx_bytes=9 wire_rx_bytes=8`)))).toMatchObject({
      sent_bytes: 9,
      gets: 11,
    });
  });

  test("are unknown if a version does not log them", () => {
    expect(readCounters(log(line("11", "ant_node: ant-node starting")))).toBeUndefined();
    expect(readCounters(log(ROUND[0] ?? ""))).toMatchObject({ sent_bytes: 287_464, gets: undefined });
  });

  test.each(["9".repeat(400), "NaN", "-1", "1e3", "1.5", "", "0x10", "9007199254740993"])(
    "%p is not a count",
    (value) => {
      const counters = readCounters(log(line("11", `${WIRE} wire_tx_bytes=${value} wire_rx_bytes=5`)));
      expect(counters).toMatchObject({ sent_bytes: undefined, received_bytes: 5 });
    },
  );

  test("are unknown as a sum if one part is invalid", () => {
    const bad = line("12", `${PAID} completed_payments_ok_count=2 merkle_payment_ok_count=x`);
    expect(readCounters(log(bad))?.payment_count).toBeUndefined();
  });

  test("are read from any text without throwing", () => {
    fc.assert(
      fc.property(fc.string(), (text) => void readCounters(log(line("11", `${WIRE} ${text}`), text))),
    );
  });

  test("are remembered, unlike other readings, and only while the process that wrote them lives", () => {
    const node = aNode(1, { counters_at: 1000, sent_bytes: 5, gets: 3, records: 9 });
    expect(rememberedCounters(node, 999)).toMatchObject({ counters_at: 1000, sent_bytes: 5, gets: 3 });
    expect(Object.keys(rememberedCounters(node, 999) ?? {})).not.toContain("records");
    expect(rememberedCounters(node, 1001)).toBeUndefined();
    expect(rememberedCounters(node, undefined)).toBeUndefined();
  });
});

describe("peer files", () => {
  const home = mkdtempSync(join(tmpdir(), "wnm-peers-"));
  let root = "";
  let roots = 0;
  beforeEach(() => {
    root = join(home, String(++roots));
    mkdirSync(root);
  });
  afterAll(() => rmSync(home, { recursive: true }));

  const AT = 1_800_000_000;
  const save = (text: string, written = AT + 0.4) => {
    writeFileSync(join(root, ROUTING_TABLE), text);
    utimesSync(join(root, ROUTING_TABLE), written, written);
  };
  const read = (known?: { count: number; at: number }) =>
    savedPeers(root, ROUTING_TABLE, lookAtFolder(root), known);

  test("a routing table is counted, with its time", () => {
    save(routingSnapshot("ab".repeat(32), 214, AT));
    expect(read()).toEqual({ count: 214, at: AT });
    expect(savedPeers(root, CLOSE_GROUP, lookAtFolder(root), undefined)).toBeUndefined();
  });

  test("an unchanged file is not read again, and a rewritten one is", () => {
    save("it would be unknown if it were read");
    expect(read({ count: 214, at: AT })).toEqual({ count: 214, at: AT });
    save(routingSnapshot("ab".repeat(32), 3, AT + 600), AT + 600);
    expect(read({ count: 214, at: AT })).toEqual({ count: 3, at: AT + 600 });
    expect(read({ count: 214, at: AT + 9000 })).toEqual({ count: 3, at: AT + 600 });
  });

  test.each(["", "{", "[]", '{"peers":5,"saved_at_epoch_secs":1}', '{"peers":[],"saved_at_epoch_secs":-1}'])(
    "%p is not a list of peers",
    (text) => {
      save(text);
      expect(read()).toBeUndefined();
      expect(readSavedPeers(`{"peers":[],"saved_at_epoch_secs":${"9".repeat(400)}}`)).toBeUndefined();
    },
  );

  test("a pipe, a link or an endless file in its place is unknown, and blocks nothing", async () => {
    const path = join(root, ROUTING_TABLE);
    expect(await Bun.spawn(["mkfifo", path]).exited).toBe(0);
    expect(read()).toBeUndefined();
    rmSync(path);
    symlinkSync("/dev/zero", path);
    expect(read()).toBeUndefined();
    rmSync(path);
    writeFileSync(path, "");
    truncateSync(path, 2 ** 33);
    expect(read()).toBeUndefined();
  });
});
