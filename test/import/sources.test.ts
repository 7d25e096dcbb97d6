import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adopt } from "../../src/import/adopt.ts";
import { nodesOfRegistry } from "../../src/process/antctl/discover.ts";
import type { FoundNodes } from "../../src/process/contract/found-node.ts";
import { nodesOfPlists } from "../../src/process/launchd/discover.ts";
import { nodesOfUnits } from "../../src/process/systemd/discover.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wnm-import-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const adopted = (finds: FoundNodes) =>
  adopt(finds, {
    given: new Map(),
    hasFolder: () => "present",
    colonyOf: () => undefined,
    identityOf: (path) => path,
    hasWnmsConfig: () => false,
    whyForeign: () => undefined,
  });

/** A unit as anm2.sh writes it. */
const ANM2 = `[Unit]
Description=Ant Node 3
After=network-online.target

[Service]
Type=simple
ExecStart=/home/ant/.ant-node/node-3/ant-node \\
    --root-dir /home/ant/.ant-node/node-3 \\
    --port 12002 \\
    --rewards-address 0x${"1".repeat(40)} \\
    --upgrade-channel stable \\
    --stop-on-upgrade \\
    --enable-logging \\
    --log-level info \\
    --log-dir /home/ant/.ant-node/logs-ram/node-3 \\
    --log-max-files 7
Restart=on-failure
RestartSec=10s

[Install]
WantedBy=default.target
`;

describe("systemd units", () => {
  const SPECIFIERS = { h: "/home/ant", u: "ant" };
  const read = () => nodesOfUnits(folder, "systemd+user", SPECIFIERS);

  test("of Python wnm 0.5.0 are read", () => {
    cpSync(join(import.meta.dir, "../fixtures/units"), folder, { recursive: true });
    const { nodes, learned, problems } = adopted(read());
    expect(problems).toEqual([]);
    expect(nodes[0]?.found.user).toBe("ant");
    expect(nodes.map(({ id, port, root_dir }) => [Number(id), port, root_dir])).toEqual([
      [1, 55_001, "/home/ant/.local/share/autonomi/node/antnode0001"],
      [2, 55_002, "/home/ant/.local/share/autonomi/node/antnode0002"],
    ]);
    expect(learned.get("rewards_address")).toBe(`0x${"1".repeat(40)}`);
  });

  test("of anm and antctl are read, with their bootstrap flags, quotes and environment", () => {
    write(
      "antnode0001.service",
      '[Service]\nUser=ant\nEnvironment="ANT_LOG=ant_evm=error"\nExecStart=/s/antnode0001/antnode --no-upnp --bootstrap "1.2.3.4:12000" --root-dir /s/antnode0001 --port 55001 --enable-metrics-server --metrics-server-port 13001 --rewards-address 0x1 evm-arbitrum-one\nRestart=always\n',
    );
    const [found] = read().found;
    expect(found).toMatchObject({
      user: "ant",
      env: { ANT_LOG: "ant_evm=error" },
      service: "antnode0001.service",
    });
    expect(adopted(read()).nodes[0]).toMatchObject({ id: 1, port: 55_001, args: { no_upnp: true } });
  });

  test("are read with drop-ins, specifiers, spaces, dots and dashes", () => {
    write("antnode0007.service", "[Service]\nExecStart=/bin/false\n");
    mkdirSync(join(folder, "antnode0007.service.d"));
    write(
      "antnode0007.service.d/x.conf",
      '[Service]\nExecStart=\nExecStart="%h/my nodes/a-b.c/antnode" --root-dir "%h/my nodes/a-b.c/antnode0007" --port 55007 --metrics-server-port 13007 evm-arbitrum-one\n',
    );
    expect(adopted(read()).nodes[0]).toMatchObject({ root_dir: "/home/ant/my nodes/a-b.c/antnode0007" });
  });

  test("are not nodes if they are masked, empty or of other programs", () => {
    symlinkSync("/dev/null", join(folder, "antnode0001.service"));
    write("antnode0002.service", "");
    write("nginx.service", "[Service]\nExecStart=/usr/sbin/nginx\n");
    const { found, left_out } = read();
    expect(found).toEqual([]);
    expect(left_out.map(({ source }) => source.replace(`${folder}/`, ""))).toEqual([
      "antnode0001.service",
      "antnode0002.service",
    ]);
  });

  test("of anm2 are read, with their continued lines", () => {
    write("ant-node-3.service", ANM2);
    const { nodes, learned } = adopted(read());
    expect(nodes[0]).toMatchObject({
      id: 3,
      software: "ant-node",
      root_dir: "/home/ant/.ant-node/node-3",
      port: 12_002,
      wallet: `0x${"1".repeat(40)}`,
      network: "arbitrum-one",
      args: { log_dir: "/home/ant/.ant-node/logs-ram/node-3", extra: [["--log-max-files", "7"]] },
    });
    expect(learned.has("port_start")).toBe(false);
  });

  test("are left out with the reason if they are templates or a drop-in says what they start", () => {
    write("ant-node@.service", ANM2);
    write("ant-node-3.service", ANM2);
    mkdirSync(join(folder, "ant-node-3.service.d"));
    write(
      "ant-node-3.service.d/x.conf",
      `[Service]\nExecStart=\n${/ExecStart=.*?\n(?=Restart)/s.exec(ANM2)?.[0]}`,
    );
    const { nodes, left_out } = adopted(read());
    expect(nodes).toEqual([]);
    expect(left_out.map(({ because }) => because)).toEqual([
      "it is a template, and wnm writes a unit for each node",
      "a drop-in of its unit says what it starts, and wnm writes that into the unit",
    ]);
  });
});

describe("launchd property lists", () => {
  const plist = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>com.autonomi.antnode-3</string>
  <!-- a note -->
  <key>ProgramArguments</key>
  <array>
    <string>/Users/a &amp; b/node/antnode0003/antnode</string>
    <string>--root-dir</string><string>/Users/a &amp; b/node/antnode0003</string>
    <string>--port</string><string>55003</string>
    <string>--metrics-server-port</string><string>13003</string>
    <string>evm-arbitrum-one</string>
  </array>
  <key>EnvironmentVariables</key><dict><key>ANT_LOG</key><string>x&#65;</string></dict>
  <key>KeepAlive</key><true/>
  <key>ThrottleInterval</key><integer>10</integer>
</dict>
</plist>
`;

  test("are read with their escapes", () => {
    write("com.autonomi.antnode-3.plist", plist);
    const finds = nodesOfPlists(folder, "launchd+user");
    expect(finds.found[0]).toMatchObject({ service: "com.autonomi.antnode-3", env: { ANT_LOG: "xA" } });
    expect(adopted(finds).nodes[0]).toMatchObject({
      id: 3,
      root_dir: "/Users/a & b/node/antnode0003",
      port: 55_003,
    });
  });

  test("are left out if they are truncated or binary", () => {
    write("antnode-1.plist", plist.slice(0, 500));
    write("antnode-2.plist", "bplist00\u0001");
    const { found, left_out } = nodesOfPlists(folder, "launchd+user");
    expect(found).toEqual([]);
    expect(left_out).toHaveLength(2);
  });
});

describe("antctl's registry", () => {
  const node = {
    alpha: false,
    schema_version: 2,
    antnode_path: "/home/u/.local/share/autonomi/node/antnode1/antnode",
    data_dir_path: "/home/u/.local/share/autonomi/node/antnode1",
    evm_network: "ArbitrumOne",
    listen_addr: null,
    log_dir_path: "/home/u/.local/share/autonomi/node/antnode1/logs",
    metrics_port: 13_001,
    node_port: 55_001,
    no_upnp: true,
    number: 1,
    relay: false,
    rewards_address: "0x00455d78f850b0358e8cea5be24d415e01e107cf",
    rpc_socket_addr: "127.0.0.1:42241",
    service_name: "antnode1",
    status: "Running",
    user: null,
    user_mode: true,
    version: "0.4.17",
  };
  const path = () => join(folder, "node_registry.json");
  const registry = (...nodes: readonly unknown[]): FoundNodes => {
    write("node_registry.json", JSON.stringify({ daemon: null, nat_status: null, nodes, save_path: path() }));
    return nodesOfRegistry(path(), true);
  };

  test("gives its nodes under their own numbers, and skips removed ones", () => {
    const second = {
      ...node,
      number: 2,
      data_dir_path: "/d/antnode2",
      node_port: 55_002,
      metrics_port: 13_002,
    };
    const { nodes, manager } = adopted(
      registry(node, { ...second, status: "Removed" }, { ...second, user_mode: true }),
    );
    expect(manager).toBe("antctl+user");
    expect(nodes.map(({ id, rpc_port }) => [Number(id), rpc_port])).toEqual([
      [1, 42_241],
      [2, 42_241],
    ]);
    expect(nodes[0]).toMatchObject({ wallet: node.rewards_address, network: "evm-arbitrum-one" });
  });

  test("gives the port of a node that chose its own from its listening address", () => {
    const listening = { ...node, node_port: null, listen_addr: ["/ip4/1.2.3.4/udp/55001/quic-v1/p2p/12D3"] };
    expect(adopted(registry(listening)).nodes[0]?.port).toBe(55_001);
  });

  test("holds no nodes if it does not exist, and is an error if it is broken, as antctl may be writing it", () => {
    expect(nodesOfRegistry(path(), true)).toEqual({ found: [], left_out: [] });
    write("node_registry.json", '{"nodes": [');
    expect(() => nodesOfRegistry(path(), true)).toThrow(/cannot be read/);
  });

  test("names entries that are not as antctl writes them", () => {
    expect(registry({ ...node, data_dir_path: 7 }).left_out[0]?.because).toContain("data_dir_path");
  });
});
