import { describe, expect, test } from "bun:test";
import { silentNodes } from "../../src/report/as-of.ts";
import { nodeDetailsJson, nodeDetailsText } from "../../src/report/node-details.ts";
import { nodeStatusJson, nodeStatusText } from "../../src/report/node-status.ts";
import { NOW } from "../support/builders.ts";
import { HOSTILE, QUIET, RUNNING } from "./fixture.ts";

const FRESH = { now: NOW, surveyed_at: NOW };

describe("node-status", () => {
  test("as text has columns of 20, 55, 15 and 15 characters", () => {
    expect(nodeStatusText([RUNNING, QUIET, HOSTILE], FRESH)).toBe(
      [
        "Service Name        Peer ID                                                Status         Connected Peers",
        "antnode0001.service 12D3KooWFirst                                          RUNNING                     40",
        "antnode0002.service -                                                      RUNNING                      -",
        'antnode0012.service a "quoted" back\\slash, comma=equals                    STOPPED                      -',
        "",
      ].join("\n"),
    );
    expect(nodeStatusText([], FRESH)).toBe("No nodes found.\n");
  });

  test("as JSON is an error, an object or a list", () => {
    const first = {
      service_name: "antnode0001.service",
      peer_id: "12D3KooWFirst",
      status: "RUNNING",
      connected_peers: 40,
    };
    expect(nodeStatusJson([], FRESH)).toEqual({ error: "No nodes found" });
    expect(JSON.stringify(nodeStatusJson([RUNNING], FRESH))).toBe(JSON.stringify(first));
    expect(nodeStatusJson([RUNNING, QUIET], FRESH)).toEqual([
      first,
      { service_name: "antnode0002.service", peer_id: "-", status: "RUNNING", connected_peers: null },
    ]);
  });
});

describe("node-status-details", () => {
  test("as text has a block per node, paths in full, and the age as an epoch and in words", () => {
    expect(nodeDetailsText([RUNNING, HOSTILE], FRESH)).toBe(
      [
        "Service Name: antnode0001.service",
        "Version: 0.4.17",
        "Port: 55001",
        "Metrics Port: 13001",
        "Data path: /home/ant/.local/share/autonomi/node/antnode0001",
        "Log path: /home/ant/.local/share/autonomi/logs/antnode0001",
        "Bin Path: /home/ant/.local/share/autonomi/node/antnode0001/antnode",
        "Connected peers: 40",
        "Rewards address: 0x1111111111111111111111111111111111111111",
        `Age: ${NOW - 2_610_000} (30 d 5 h)`,
        "Peer ID: 12D3KooWFirst",
        "Status: RUNNING",
        "Software: antnode",
        "Disk: -",
        "",
        "Service Name: antnode0012.service",
        "Version: -",
        "Port: 55012",
        "Metrics Port: 13012",
        "Data path: /home/ant/.local/share/autonomi/node/antnode0012",
        "Log path: -",
        "Bin Path: /home/ant/.local/share/autonomi/node/antnode0012/antnode",
        "Connected peers: -",
        "Rewards address: -",
        "Age: 0",
        'Peer ID: a "quoted" back\\slash, comma=equals',
        "Status: STOPPED",
        "Software: antnode",
        "Disk: -",
        "Problem: it broke",
        "",
      ].join("\n"),
    );
    expect(nodeDetailsText([], FRESH)).toBe("No nodes found.\n");
  });

  test("as JSON has the database row in Python wnm's order, then newer fields, with null for unknown", () => {
    expect(nodeDetailsJson([], FRESH)).toEqual({ error: "No nodes found" });
    const row = nodeDetailsJson([RUNNING], FRESH) as Readonly<Record<string, unknown>>;
    expect(Object.keys(row).join(" ")).toBe(
      "id machine_id container_id manager_type node_name service user binary version root_dir log_dir port metrics_port rpc_port network wallet peer_id status timestamp records uptime shunned connected_peers gets puts mem cpu open_connections total_peers bad_peers rel_records max_records rewards payment_count live_time network_size age host method layout environment wanted crashes silent_since problem shunned_count shunned_by_old_close_group software webrtc_port data_bytes peers_at removal_cause failures failed_action failed_at routing_at stopping_since counters_at sent_bytes received_bytes get_requests put_requests quotes audits_passed audits_failed",
    );
    expect(row).toMatchObject({
      id: 1,
      machine_id: 1,
      node_name: "0001",
      timestamp: NOW - 86_400,
      age: NOW - 2_610_000,
      mem: 9781,
      cpu: 3,
      rewards: "110",
      environment: null,
    });
    expect(nodeDetailsJson([QUIET, HOSTILE], FRESH)).toMatchObject([
      { id: 2, records: null, rewards: null, network_size: 2000 },
      { id: 12, version: null, wallet: null, log_dir: null, environment: "A='b c'", problem: "it\nbroke" },
    ]);
  });

  test("keeps all digits of a token amount", () => {
    expect(nodeDetailsJson([{ ...RUNNING, rewards: 10n ** 22n }], FRESH)).toMatchObject({
      rewards: "10000000000000000000000",
    });
  });
});

describe("a node that keeps its figures in files", () => {
  const node = {
    ...RUNNING,
    software: "ant-node",
    peer_id: "ab".repeat(32),
    connected_peers: 7,
    peers_at: NOW - 7300,
    data_bytes: 16_384,
  } as const;

  test("has a routing table and counters that are shown with their age", () => {
    const counted = {
      ...node,
      total_peers: 214,
      routing_at: NOW - 300,
      counters_at: NOW - 120,
      sent_bytes: 1000,
      received_bytes: 2000,
      gets: 3,
      puts: undefined,
      payment_count: 0,
      audits_failed: 1,
    };
    const text = nodeDetailsText([counted], FRESH);
    expect(text).toContain("\nRouting table: 214 peers (5 min ago)\n");
    expect(text).toContain(
      "\nSince its start: bytes sent 1000, bytes received 2000, gets answered 3, payments 0, audits of others failed 1 (2 min ago)\n",
    );
    expect(nodeDetailsText([node], FRESH)).not.toContain("Since its start");
    expect(nodeDetailsJson([counted], FRESH)).toMatchObject({
      total_peers: 214,
      routing_at: NOW - 300,
      sent_bytes: 1000,
      quotes: null,
      audits_failed: 1,
    });
  });

  test("has a longer peer id, followed by a space, and peers that are shown with their age", () => {
    expect(nodeStatusText([node], FRESH)).toContain(`${node.peer_id} RUNNING`);
    expect(nodeStatusText([node], FRESH)).toContain("7 (2 h ago)");
    expect(nodeStatusText([{ ...node, peers_at: NOW - 61 }], FRESH)).toContain("7 (1 min ago)");
    expect(nodeStatusJson([node], FRESH)).toMatchObject({
      connected_peers: 7,
      connected_peers_at: NOW - 7300,
    });
  });

  test("has details that show its program and the space it takes", () => {
    expect(nodeDetailsText([node], FRESH)).toContain("Software: ant-node\nDisk: 16384 bytes\n");
    expect(nodeDetailsText([{ ...node, data_bytes: undefined }], FRESH)).toContain("Disk: -\n");
    expect(nodeDetailsJson([node], FRESH)).toMatchObject({ software: "ant-node", data_bytes: 16_384 });
  });
});

describe("stale readings", () => {
  const silent = { ...RUNNING, silent_since: NOW - 200 };

  test("a silent node is shown as silent, and its old readings are not shown", () => {
    const text = nodeStatusText([silent, RUNNING], FRESH);
    expect(text).toMatch(/antnode0001\.service .* RUNNING, silent 3 min +-\n/);
    expect(text).toMatch(/antnode0001\.service .* RUNNING +40\n/);
    expect(nodeStatusJson([silent], FRESH)).toMatchObject({
      ...{ status: "RUNNING", connected_peers: null, silent_since: NOW - 200 },
    });
    expect(nodeDetailsText([silent], FRESH)).toContain("Status: RUNNING, silent 3 min\n");
    expect(nodeDetailsJson([silent], FRESH)).toMatchObject({ records: null, rewards: "110" });
    expect(silentNodes([silent, RUNNING], NOW)).toBe("1 node runs and does not answer: antnode0001 (3 min)");
    expect(silentNodes([RUNNING], NOW)).toBeUndefined();
  });

  test("a report on a survey older than three minutes says when it was made", () => {
    const old = { now: NOW, surveyed_at: NOW - 7200 };
    for (const text of [nodeStatusText([RUNNING], old), nodeDetailsText([RUNNING], old)])
      expect(text).toMatch(/\nAs of .*, 2 h ago: no run has succeeded since\.\n$/);
    for (const json of [nodeStatusJson([RUNNING], old), nodeDetailsJson([RUNNING], old)])
      expect(json).toMatchObject({ as_of: NOW - 7200 });
    for (const fresh of [FRESH, { now: NOW, surveyed_at: NOW - 180 }, { now: NOW, surveyed_at: undefined }])
      expect(nodeStatusText([RUNNING], fresh)).not.toContain("As of");
  });
});
