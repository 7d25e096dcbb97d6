import { expect, test } from "bun:test";
import { addedIn, failureIn, statusIn, withoutColour } from "../../../src/process/antctl/output.ts";

const ADDED = `╔══════════════════════════╗
║   Add Antnode Services   ║
╚══════════════════════════╝
1 service(s) to be added
Services Added:
 \u001b[32m✓\u001b[0m antnode7
    - Antnode path: /home/u/.local/share/autonomi/node/antnode7/antnode
    - Data path: /home/u/.local/share/autonomi/node/antnode7
    - Log path: /home/u/.local/share/autonomi/node/antnode7/logs
    - RPC port: 127.0.0.1:55227
[!] Note: newly added services have not been started
`;
const PLACE = {
  service: "antnode7",
  binary: "/home/u/.local/share/autonomi/node/antnode7/antnode",
  root_dir: "/home/u/.local/share/autonomi/node/antnode7",
  log_dir: "/home/u/.local/share/autonomi/node/antnode7/logs",
};

test("add returns the name and the folders that antctl chose, with and without colours", () => {
  expect(addedIn(ADDED)).toEqual(PLACE);
  expect(addedIn(withoutColour(ADDED))).toEqual(PLACE);
});

test("any other output of add is unknown, and never partly parsed", () => {
  expect(addedIn("")).toBeUndefined();
  expect(addedIn(ADDED.slice(0, ADDED.indexOf("    - Log path")))).toBeUndefined();
  expect(addedIn("Failed to add 1 service(s):\n✕ antnode1: no space\n")).toBeUndefined();
});

test("a failure is recognised by the lines marked with ✕", () => {
  const text =
    "Failed to start 2 service(s):\n\u001b[31m✕\u001b[0m antnode1: Unit not found\n✕ antnode2: no bus\n";
  expect(failureIn(text, "Error: \n   0: Failed to start one or more services\n")).toBe(
    "antnode1: Unit not found; antnode2: no bus",
  );
});

test("a failure without such lines is recognised by the error report, clap's refusal, or the last line", () => {
  const report =
    "Error: \n   0: \u001b[91mNo service named 'antnode9'\u001b[0m\n\nLocation:\n   \u001b[35mnode.rs\u001b[0m:837\n";
  expect(failureIn("", report)).toBe("No service named 'antnode9'");
  expect(failureIn("", "error: unexpected argument '--version' found\n\nUsage: antctl add\n")).toBe(
    "unexpected argument '--version' found",
  );
  expect(failureIn("", "thread panicked\nat the disco\n")).toBe("at the disco");
});

const NODE = {
  antnode_path: "/s/antnode1/antnode",
  data_dir_path: "/s/antnode1/",
  log_dir_path: "/l/antnode1",
  metrics_port: 13_001,
  node_port: 55_001,
  number: 1,
  rpc_socket_addr: "127.0.0.1:30001",
  service_name: "antnode1",
  status: "Added",
  version: "0.4.17",
};
const status = (nodes: readonly unknown[]): string => `${JSON.stringify({ nodes, daemon: null }, null, 2)}\n`;

test("an empty registry prints nothing, and with --debug old builds print only log lines", () => {
  expect(statusIn("")).toEqual([]);
  expect(statusIn("\n")).toEqual([]);
  expect(statusIn("[2026-01-02T03:04:05Z INFO antctl 842] Executing cmd: Status { json: true }\n")).toEqual(
    [],
  );
});

test("services with any status are read, with or without log lines around the document", () => {
  const text = status([NODE, { ...NODE, service_name: "antnode2", status: "Removed", metrics_port: null }]);
  const [first, second] = statusIn(
    `[2026 INFO antctl] { loading }\n\u001b[2K${text}[2026 INFO antctl] done {}\n`,
  );
  expect(first).toEqual({
    service: "antnode1",
    status: "Added",
    binary: "/s/antnode1/antnode",
    root_dir: "/s/antnode1",
    log_dir: "/l/antnode1",
    node_port: 55_001,
    metrics_port: 13_001,
    rpc_port: 30_001,
    version: "0.4.17",
  });
  expect(second?.status).toBe("Removed");
  expect(second?.metrics_port).toBeUndefined();
});

test("a truncated or unexpected document is an error, never an empty registry", () => {
  const text = status([NODE]);
  for (const cut of [20, 100, 300, text.length - 3])
    expect(() => statusIn(text.slice(0, cut))).toThrow(/antctl/);
  expect(() => statusIn(status([{ ...NODE, status: "Frozen" }]))).toThrow(/antctl/);
  expect(() => statusIn('{\n  "nodes": 3\n}\n')).toThrow(/antctl/);
});
