import { expect, test } from "bun:test";
import fc from "fast-check";
import { readInfo, readMetrics } from "../../src/software/readings.ts";
import { metadataBody, metricsBody } from "../fixtures/metrics-body.ts";
import { ANY_CHARACTER } from "../support/any-character.ts";

const readingsIn = (text: string) => readMetrics(Buffer.from(text));

test("a realistic body gives every reading", () => {
  const values = {
    records_stored: 5,
    ant_node_uptime: 77,
    shunned_by_close_group: 2,
    connected_peers: 12,
    process_memory_used_mb: 97.8125,
    process_cpu_usage_percentage: 0.034,
    estimated_network_size: 1000,
  };
  expect(readingsIn(`\n${metricsBody(values)}`)).toMatchObject({
    records: 5,
    uptime: 77,
    shunned: 2,
    connected_peers: 12,
    mem: 9781,
    cpu: 3,
    network_size: 1000,
  });
});

test("labelled metrics are summed, a metric without a line before its first event is 0, and a missing one is unknown", () => {
  const body = [
    "",
    'ant_node_put_record_ok_total{record_type="Chunk"} 3',
    'ant_node_put_record_ok_total{record_type="GraphEntry"} 4',
    "# TYPE libp2p_kad_query_result_get_record_ok counter",
    "ant_networking_records_stored_of_another 9",
    "# EOF",
  ].join("\n");
  expect(readingsIn(body)).toMatchObject({ puts: 7, gets: 0, records: undefined, uptime: undefined });
});

test("readings do not depend on the order in which a node prints them", () => {
  const lines = metricsBody({ records_stored: 5, ant_node_uptime: 77, shunned_by_close_group: 2 })
    .split("\n")
    .filter((line) => !line.startsWith("#"));
  const told = readingsIn(`\n${lines.join("\n")}\n`);
  expect(told).toMatchObject({ records: 5, uptime: 77, shunned: 2 });
  const shuffled = fc.shuffledSubarray(lines, { minLength: lines.length });
  fc.assert(
    fc.property(shuffled, (other) => expect(readingsIn(`\n${other.join("\n")}\n`)).toEqual(told)),
    { numRuns: 30 },
  );
});

test.each(["NaN", "1e309", "-3", "", "abc", "99999999999999999999", "+Inf"])(
  "the value %p is unknown",
  (value) => {
    expect(readingsIn(`\nant_networking_records_stored ${value}\n`).records).toBeUndefined();
  },
);

test.each([
  ["9007199254740993", 9007199254740993n],
  ["123456789012345678901", 123456789012345678901n],
  ["0", 0n],
  ["1.2e18", 1200000000000000000n],
  ["1.2345678901234567e+21", 1234567890123456700000n],
  ["9223372036854775807.0", 9223372036854775807n],
  ["2.5e0", 2n],
  ["1e-3", 0n],
])("rewards %p keep every digit", (printed, rewards) => {
  const line = `ant_node_current_reward_wallet_balance ${printed}`;
  expect(readingsIn(`\n${line}\n`).rewards).toBe(rewards);
  expect(readingsIn(line).rewards).toBe(rewards);
  const labelled = `ant_node_current_reward_wallet_balance{a="1"} ${printed}\n`;
  expect(readingsIn(`${labelled}${labelled}`).rewards).toBe(2n * rewards);
});

test.each(["NaN", "+Inf", "-1", "", "1e999", "abc", "0x10", "1_0", "1e78"])(
  "rewards %p are unknown",
  (printed) => {
    expect(readingsIn(`\nant_node_current_reward_wallet_balance ${printed}\n`).rewards).toBeUndefined();
  },
);

test("any text gives readings that are unknown or safe integers", () => {
  const line = fc.tuple(
    fc.constantFrom("ant_networking_records_stored", "ant_node_uptime", "x"),
    fc.oneof(fc.double(), fc.string({ unit: ANY_CHARACTER })),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const readings = readingsIn(`\n${lines.map(([name, value]) => `${name} ${value}`).join("\n")}`);
      for (const value of Object.values(readings)) {
        if (value !== undefined) expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
      }
    }),
  );
});

test("the labels of /metadata are found", () => {
  const body = metadataBody({
    version: "0.4.17",
    peer_id: "12D3KooWMDqtXsSEbuWZ5wdrr3Ai6rUWJta6yBgutJaJXusSujuu",
  });
  expect(readInfo(body, "ant_node_antnode_version", "antnode_version")).toBe("0.4.17");
  expect(readInfo(body, "ant_networking_peer_id", "peer_id")).toStartWith("12D3KooW");
  expect(
    readInfo('ant_networking_peer_id_info{peer_id="a\\"b"} 1', "ant_networking_peer_id", "peer_id"),
  ).toBeUndefined();
});
