import { describe, expect, test } from "bun:test";
import { nodeDetailsJson, nodeDetailsText } from "../../src/report/node-details.ts";
import { nodeStatusJson, nodeStatusText } from "../../src/report/node-status.ts";
import { NOW } from "../support/builders.ts";
import { HOSTILE, QUIET, RUNNING } from "./fixture.ts";

describe("node-status", () => {
  test("text: columns of 20, 55, 15 and 15 characters", () => {
    expect(nodeStatusText([RUNNING, QUIET, HOSTILE], NOW)).toBe(
      [
        "Service Name        Peer ID                                                Status         Connected Peers",
        "antnode0001.service 12D3KooWFirst                                          RUNNING                     40",
        "antnode0002.service -                                                      RUNNING                      -",
        'antnode0012.service a "quoted" back\\slash, comma=equals                    STOPPED                      -',
        "",
      ].join("\n"),
    );
    expect(nodeStatusText([], NOW)).toBe("No nodes found.\n");
  });

  test("json: an error, an object, or a list", () => {
    const first = {
      service_name: "antnode0001.service",
      peer_id: "12D3KooWFirst",
      status: "RUNNING",
      connected_peers: 40,
    };
    expect(nodeStatusJson([])).toEqual({ error: "No nodes found" });
    expect(JSON.stringify(nodeStatusJson([RUNNING]))).toBe(JSON.stringify(first));
    expect(nodeStatusJson([RUNNING, QUIET])).toEqual([
      first,
      { service_name: "antnode0002.service", peer_id: "-", status: "RUNNING", connected_peers: null },
    ]);
  });
});

describe("node-status-details", () => {
  test("text: a block a node, paths whole, age in seconds and in words", () => {
    expect(nodeDetailsText([RUNNING, HOSTILE], NOW)).toBe(
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
        "Age: 2610000 s (30 d 5 h)",
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
        "Age: -",
        'Peer ID: a "quoted" back\\slash, comma=equals',
        "Status: STOPPED",
        "Software: antnode",
        "Disk: -",
        "Problem: it broke",
        "",
      ].join("\n"),
    );
    expect(nodeDetailsText([], NOW)).toBe("No nodes found.\n");
  });

  test("json: the row of the database in Python wnm's order, then what is new; unknown is null", () => {
    expect(nodeDetailsJson([])).toEqual({ error: "No nodes found" });
    const row = nodeDetailsJson([RUNNING]) as Readonly<Record<string, unknown>>;
    expect(Object.keys(row).join(" ")).toBe(
      "id machine_id container_id manager_type node_name service user binary version root_dir log_dir port metrics_port rpc_port network wallet peer_id status timestamp records uptime shunned connected_peers gets puts mem cpu open_connections total_peers bad_peers rel_records max_records rewards payment_count live_time network_size age host method layout environment wanted crashes silent_since problem shunned_count shunned_by_old_close_group software data_bytes promised_bytes peers_at",
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
    expect(nodeDetailsJson([QUIET, HOSTILE])).toMatchObject([
      { id: 2, records: null, rewards: null, network_size: 2000 },
      { id: 12, version: null, wallet: null, log_dir: null, environment: "A='b c'", problem: "it\nbroke" },
    ]);
  });

  test("a token amount keeps all its digits", () => {
    expect(nodeDetailsJson([{ ...RUNNING, rewards: 1e22 }])).toMatchObject({
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
    db_size_gb: 2,
  } as const;

  test("its longer peer id leaves a blank behind it, and its peers have their age", () => {
    expect(nodeStatusText([node], NOW)).toContain(`${node.peer_id} RUNNING`);
    expect(nodeStatusText([node], NOW)).toContain("7 (2 h ago)");
    expect(nodeStatusText([{ ...node, peers_at: NOW - 61 }], NOW)).toContain("7 (1 min ago)");
    expect(nodeStatusJson([node])).toMatchObject({ connected_peers: 7, connected_peers_at: NOW - 7300 });
  });

  test("its details tell the program and what is left of its promise", () => {
    expect(nodeDetailsText([node], NOW)).toContain("Software: ant-node\nDisk: 16384 of 2415919104 bytes\n");
    expect(nodeDetailsText([{ ...node, data_bytes: undefined }], NOW)).toContain(
      "Disk: - of 2415919104 bytes\n",
    );
    expect(nodeDetailsJson([node])).toMatchObject({ software: "ant-node", promised_bytes: 2_415_919_104 });
  });
});
