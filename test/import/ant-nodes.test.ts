import { describe, expect, test } from "bun:test";
import { type Adoption, adopt } from "../../src/import/adopt.ts";
import { withCommonFlags } from "../../src/import/common-flags.ts";
import { leftOutLines } from "../../src/import/left-out-lines.ts";
import type { FoundNode } from "../../src/process/contract/found-node.ts";
import { readAntNodeArguments } from "../../src/software/ant-node-arguments.ts";

const WALLET = `0x${"1".repeat(40)}`;

/** An ant-node that runs as a plain process on a folder of that name. */
function found(name: string, args: readonly string[] = [], changes: Partial<FoundNode> = {}): FoundNode {
  const folder = name.startsWith("/") ? name : `/home/u/nodes/${name}`;
  return {
    manager: "setsid+user",
    source: `process of ${name}`,
    service: undefined,
    user: "u",
    program: `${folder}/ant-node`,
    args: ["--rewards-address", WALLET, "--root-dir", folder, ...args],
    env: {},
    ...changes,
  };
}

function adopted(nodes: readonly FoundNode[], given: Readonly<Record<string, string>> = {}): Adoption {
  const texts = new Map(Object.entries(given));
  const adoption = adopt(
    { found: nodes, left_out: [] },
    {
      given: texts,
      hasFolder: (path) => (path.includes("gone") ? "absent" : "present"),
      colonyOf: () => undefined,
      identityOf: (path) => path,
      hasWnmsConfig: (root_dir, config) => config === `${root_dir}/wnms.toml`,
      whyForeign: (path) => (path.includes("foreign") ? `its folder ${path} is a link` : undefined),
    },
  );
  return withCommonFlags(adoption, texts);
}

const port = (number: number): readonly string[] => ["--port", String(number)];

describe("numbers", () => {
  test("are those in the nodes' names if free, or else the lowest free ones", () => {
    const names = ["node-2", "a1b2c3d4e5f6", "/mnt/b/node-2", "ant-node-7", "node-99999"];
    const { nodes, problems } = adopted(names.map((name, i) => found(name, port(12_000 + i))));
    expect(problems).toEqual([]);
    expect(nodes.map(({ id, root_dir }) => [Number(id), root_dir.replace("/home/u/nodes/", "")])).toEqual([
      [1, "a1b2c3d4e5f6"],
      [2, "node-2"],
      [3, "/mnt/b/node-2"],
      [4, "node-99999"],
      [7, "ant-node-7"],
    ]);
  });

  test("are assigned to legacy nodes first", () => {
    const legacy = found("antnode0001", [...port(55_001), "--metrics-server-port", "13001"], {
      program: "/home/u/nodes/antnode0001/antnode",
    });
    const { nodes } = adopted([
      found("node-1", port(12_000)),
      { ...legacy, args: [...legacy.args, "evm-arbitrum-one"] },
    ]);
    expect(nodes.map(({ id, software }) => [Number(id), software])).toEqual([
      [1, "antnode"],
      [2, "ant-node"],
    ]);
  });
});

describe("ports", () => {
  test("are kept whatever they are, and set the block for new nodes only if they form one", () => {
    expect(adopted([found("node-1", port(12_000)), found("node-2", port(12_001))])).toMatchObject({
      problems: [],
      nodes: [{ port: 12_000 }, { port: 12_001 }],
    });
    const { learned } = adopted([found("node-1", port(47_001)), found("node-2", port(47_002))]);
    expect(learned.get("port_start")).toBe("47");
  });

  test("are refused if two nodes share them", () => {
    const { problems } = adopted([found("node-1", port(12_000)), found("node-2", port(12_000))]);
    expect(problems.join()).toContain("port 12000 belongs to several");
  });

  test("are taken from the socket of a running node that chose its own, and without one the node is left out", () => {
    const process = { state: "running", process: { pid: 7, pid_started: 1, boot_id: "b" } } as const;
    const { nodes, left_out } = adopted([
      found("node-1", [], { process, ports: { port: 40_001 } }),
      found("node-2", [], { process }),
      found("node-3"),
    ]);
    expect(nodes.map((node) => [Number(node.id), node.port])).toEqual([
      [1, 40_001],
      [3, undefined],
    ]);
    expect(left_out.map(({ because }) => because)).toEqual([expect.stringContaining("port is not known")]);
  });
});

describe("a node's own flags", () => {
  test("become start_args if all nodes have them, and otherwise variables of the node", () => {
    const shared = ["--upgrade-channel", "beta", "--log-max-files=7", "--stop-on-upgrade"];
    const { nodes, learned } = adopted([
      found("node-1", [...port(12_000), ...shared, "--ipv4-only", "-b", "192.0.2.1:1", "-b", "192.0.2.2:2"]),
      found("node-2", [...port(12_001), ...shared, "--webrtc-direct-bind", "192.0.2.9:5"]),
    ]);
    expect(learned.get("start_args")).toBe("--upgrade-channel beta --log-max-files 7");
    expect(learned.get("node_channel")).toBe("beta");
    expect(nodes.map(({ own_flags }) => own_flags)).toEqual([
      { ANT_IPV4_ONLY: "true", ANT_BOOTSTRAP: "192.0.2.1:1,192.0.2.2:2" },
      { ANT_WEBRTC_DIRECT_BIND: "192.0.2.9:5" },
    ]);
  });

  test("never become start_args if they serve a single node", () => {
    const { nodes, learned } = adopted([found("node-1", ["--webrtc-direct-advertised-addr", "192.0.2.9:5"])]);
    expect(learned.has("start_args")).toBe(false);
    expect(nodes[0]?.own_flags).toEqual({ ANT_WEBRTC_DIRECT_ADVERTISED_ADDR: "192.0.2.9:5" });
  });

  test("are kept beside given start_args", () => {
    const { nodes, learned } = adopted([found("node-1", ["--ipv4-only"])], {
      start_args: "--cache-capacity 5",
    });
    expect(learned.has("start_args")).toBe(false);
    expect(nodes[0]?.own_flags).toEqual({ ANT_IPV4_ONLY: "true" });
  });

  test("may come from variables, and the stable channel is not a flag", () => {
    const env = {
      ANT_PORT: "12005",
      ANT_REWARDS_ADDRESS: WALLET,
      ANT_ENABLE_LOGGING: "true",
      ANT_LOG_DIR: "/l",
    };
    expect(readAntNodeArguments(["--root-dir=/n/", "--upgrade-channel", "stable"], env)).toMatchObject({
      root_dir: "/n",
      port: 12_005,
      wallet: WALLET,
      log_dir: "/l",
      network: ["arbitrum-one"],
      extra: [],
    });
  });

  test("become node_log_level if all nodes log at the same level", () => {
    const logs = ["--enable-logging", "--log-dir", "/l", "--log-level", "debug"];
    expect(adopted([found("node-1", logs)]).learned.get("node_log_level")).toBe("debug");
    expect(adopted([found("node-1", logs), found("node-2")]).learned.has("node_log_level")).toBe(false);
  });
});

test("a config file that wnm wrote for a colony whose database is lost is not an obstacle", () => {
  const lost = found("antnode0003", [...port(12_000), "--config", "/home/u/nodes/antnode0003/wnms.toml"]);
  expect(adopted([lost]).nodes.map(({ id }) => Number(id))).toEqual([3]);
});

describe("a node that wnm could not keep running is left out with the reason, and delays no other", () => {
  test.each([
    ["a config file", found("node-1", ["--config", "/x.toml"]), /config file of its own/],
    [
      "a config file of wnm's name in another folder",
      found("node-1", ["--config", "/wnms.toml"]),
      /config file of its own/,
    ],
    ["a network that has no name", found("node-1", ["--evm-network", "local"]), /network \(local\)/],
    [
      "a wallet that is none",
      found("node-1", [], { args: ["--root-dir", "/n", "--rewards-address", "1"] }),
      /rewards address 1/,
    ],
    ["no folder", found("node-1", [], { args: ["--port", "1"] }), /has no --root-dir/],
    [
      "a folder by half",
      found("node-1", [], { args: ["--root-dir", "n/node-1"] }),
      /n\/node-1 is not a full/,
    ],
    ["a folder by a detour", found("/home/u/x/../node-1"), /is not a full, plain path/],
    ["a line break in its folder", found("node\n-1"), /control character/],
    ["a folder that is gone", found("gone"), /is not there/],
    ["a folder that is a link", found("foreign"), /is a link/],
    ["another account", found("node-1", [], { manager: "systemd+sudo", user: "bob" }), /account bob/],
    ["an obstacle that its source knows", found("node-1", [], { obstacle: "it is a puzzle" }), /puzzle/],
  ])("%s", (_, node, because) => {
    const manager = node.manager;
    const { nodes, left_out, problems } = adopted([
      node,
      found("node-8", port(12_000), { manager, user: "ant" }),
    ]);
    expect(problems).toEqual([]);
    expect(nodes.map(({ id }) => Number(id))).toEqual([8]);
    expect(left_out).toEqual([{ source: node.source, because: expect.stringMatching(because) }]);
  });

  test("a folder inside another node's, or one that two units name", () => {
    const unit = { manager: "systemd+user", service: "a.service" } as const;
    const { nodes, left_out } = adopted([
      found("outer", [], { ...unit, source: "outer" }),
      found("outer/node-1", [], { ...unit, source: "inner" }),
      found("outer/node-1", [], { ...unit, source: "twin", service: "b.service" }),
    ]);
    expect(nodes.map(({ found: { source } }) => source)).toEqual(["inner"]);
    expect(left_out.map(({ source }) => source)).toEqual(["twin", "outer"]);
  });
});

test("a program that acts on the nodes has to be stopped first, and is named once for all of them", () => {
  const held_by = "the daemon runs; stop it";
  const { problems } = adopted([found("node-1", [], { held_by }), found("node-2", [], { held_by })]);
  expect(problems).toEqual([held_by]);
});

test("240 processes of another account are one line, and no text moves the cursor", () => {
  const strangers = Array.from({ length: 240 }, (_, i) => ({
    source: `process ${i + 1}`,
    because: "it belongs to the account root",
  }));
  const gone = ["/n/a1", "/n/b2"].map((path) => ({
    source: path,
    because: `its folder ${path} is not there`,
  }));
  expect(leftOutLines([...strangers, ...gone, { source: "a\nb", because: "\u001b[2J" }])).toEqual([
    "process 1, process 2, process 3 and 237 more: it belongs to the account root",
    "/n/a1, /n/b2: its folder /n/a1 is not there (and the like)",
    "a b: \\u001b[2J",
  ]);
});

test("reasons that differ in more than a path or a number are on separate lines", () => {
  const reasons = [
    "/n/node-1 is a link",
    "/my nodes/node-2 is a link",
    "/my nodes/node-3 is a link",
    "/n/node-4 belongs to the account u",
  ];
  const lines = leftOutLines(
    reasons.map((why, i) => ({ source: `process ${i}`, because: `its folder ${why}` })),
  );
  expect(lines).toEqual([
    "process 0: its folder /n/node-1 is a link",
    "process 1, process 2: its folder /my nodes/node-2 is a link (and the like)",
    "process 3: its folder /n/node-4 belongs to the account u",
  ]);
});
