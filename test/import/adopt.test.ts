import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Adoption, adopt } from "../../src/import/adopt.ts";
import { commonFlags, withCommonFlags } from "../../src/import/common-flags.ts";
import type { FoundNode } from "../../src/process/contract/found-node.ts";
import { readNodeArguments } from "../../src/software/node-arguments.ts";

const WALLET = "0x1111111111111111111111111111111111111111";

/** A node of a system unit, with changes to its command line. */
function found(id: number, changes: Partial<FoundNode> = {}, args: readonly string[] = []): FoundNode {
  const folder = `/var/antctl/services/antnode000${id}`;
  return {
    manager: "systemd+sudo",
    source: `/etc/systemd/system/antnode000${id}.service`,
    service: `antnode000${id}.service`,
    user: "ant",
    program: `${folder}/antnode`,
    args: [
      ...["--root-dir", folder, "--port", `5500${id}`, "--metrics-server-port", `1300${id}`],
      ...["--rewards-address", WALLET, ...args, "evm-arbitrum-one"],
    ],
    env: {},
    ...changes,
  };
}

const colonyOf = (root_dir: string): string | undefined =>
  root_dir.startsWith("/theirs/") ? "/theirs/colony.db" : undefined;

const adopted = (nodes: readonly FoundNode[], given: Readonly<Record<string, string>> = {}): Adoption =>
  adopt(
    { found: nodes, left_out: [] },
    {
      given: new Map(Object.entries(given)),
      hasFolder: (path) => (path.includes("gone") ? "absent" : "present"),
      colonyOf,
      identityOf: (path) => path,
      hasWnmsConfig: (root_dir, config) => config === `${root_dir}/wnms.toml`,
      whyForeign: (path) => (path.includes("foreign") ? `its folder ${path} is a link` : undefined),
    },
  );

const replaced = (node: FoundNode, old: string, by: string): FoundNode => ({
  ...node,
  args: node.args.map((word) => word.replace(old, by)),
});

describe("nodes that agree", () => {
  test("make a colony with their ports, wallet, storage and manager", () => {
    const { nodes, learned, problems } = adopted([found(2), found(1)]);
    expect(problems).toEqual([]);
    expect(nodes.map(({ id, port, metrics_port }) => [Number(id), port, metrics_port])).toEqual([
      [1, 55_001, 13_001],
      [2, 55_002, 13_002],
    ]);
    expect(Object.fromEntries(learned)).toEqual({
      process_manager: "systemd+sudo",
      port_start: "55",
      metrics_port_start: "13",
      rewards_address: WALLET,
      node_storage: "/var/antctl/services",
    });
  });

  test("raise node_cap if they exceed its default, and reject a lower one", () => {
    const many = Array.from({ length: 50 }, (_, i) => i + 1).map((id) => {
      const label = `antnode${String(id).padStart(4, "0")}`;
      return found(1, {
        source: label,
        args: [
          ...["--root-dir", `/n/${label}`, "--port", String(55_000 + id)],
          ...["--metrics-server-port", String(13_000 + id), "evm-arbitrum-one"],
        ],
      });
    });
    expect(adopted(many).learned.get("node_cap")).toBe("50");
    expect(adopted(many, { node_cap: "49" }).problems.join()).toContain("below the 50 nodes");
  });

  test("are counted once if both a unit and its process are found", () => {
    const process = found(1, { manager: "setsid+user", source: "process 7", service: undefined });
    const { nodes, problems } = adopted([found(1), process]);
    expect(problems).toEqual([]);
    expect(nodes.map((node) => node.found.manager)).toEqual(["systemd+sudo"]);
  });
});

describe("nodes that disagree are refused with a list", () => {
  const odd = replaced(found(2), "55002", "61234");

  test("about their port block, unless it is given", () => {
    expect(adopted([found(1), odd]).problems.join()).toMatch(
      /port_start: .*antnode0001 55001.*antnode0002 61234/,
    );
    expect(adopted([found(1), odd], { port_start: "55" }).problems).toEqual([]);
  });

  test("about their metrics block", () => {
    const { problems } = adopted([found(1), replaced(found(2), "13002", "14002")]);
    expect(problems.join()).toMatch(/metrics_port_start: .*block 13: antnode0001.*block 14: antnode0002/);
  });

  test("about the wallet, unless one is given for new nodes", () => {
    const other = replaced(found(2), WALLET, WALLET.replaceAll("1", "2"));
    expect(adopted([found(1), other]).problems.join()).toContain("rewards_address");
    expect(adopted([found(1), other], { rewards_address: WALLET }).problems).toEqual([]);
  });

  test("about the manager, unless one is chosen", () => {
    const user = replaced(found(2, { manager: "systemd+user" }), "/var/antctl/services", "/home/ant/nodes");
    expect(adopted([found(1), user]).problems.join()).toContain("--process_manager");
    const chosen = adopted([found(1), user], { process_manager: "systemd+user" });
    expect(chosen.nodes.map(({ id }) => Number(id))).toEqual([2]);
    expect(chosen.left_out).toHaveLength(1);
  });

  test("about who owns a number or a port", () => {
    const twin = replaced(found(1), "/var/antctl/services", "/mnt/other");
    const { problems } = adopted([found(1), twin]);
    expect(problems.join("\n")).toMatch(/number 1 belongs to several: .*\nport 55001 .*\nmetrics port 13001/);
  });

  test.each([
    [
      "no port",
      ["--root-dir", "/n/antnode0001", "--metrics-server-port", "13001", "evm-arbitrum-one"],
      /port is not known/,
    ],
    ["no metrics", ["--root-dir", "/n/antnode0001", "--port", "55001", "evm-arbitrum-one"], /metrics port/],
    [
      "a network of its own",
      [
        "--root-dir",
        "/n/antnode0001",
        "--port",
        "55001",
        "--metrics-server-port",
        "13001",
        "evm-custom",
        "--rpc-url",
        "u",
      ],
      /network/,
    ],
    [
      "no number",
      ["--root-dir", "/n/node", "--port", "55001", "--metrics-server-port", "13001", "evm-arbitrum-one"],
      /number/,
    ],
  ])("when one has %s", (_, args, message) => {
    expect(adopted([found(1, { args, service: undefined })]).problems.join()).toMatch(message);
  });
});

test("a definition whose folder is gone is left out, not called dead", () => {
  const gone = replaced(found(2), "/var/antctl/services", "/gone");
  const { nodes, left_out, problems } = adopted([found(1), gone]);
  expect(problems).toEqual([]);
  expect(nodes.map(({ id }) => Number(id))).toEqual([1]);
  expect(left_out[0]?.because).toContain("/gone/antnode0002 is not there");
});

test("a node of another colony stays with that colony", () => {
  const theirs = replaced(found(2), "/var/antctl/services", "/theirs/node");
  const { nodes, left_out } = adopted([found(1), theirs]);
  expect(nodes.map(({ id }) => Number(id))).toEqual([1]);
  expect(left_out[0]?.because).toContain("/theirs/colony.db");
});

test("antctl's nodes can be taken over by antctl+zen", () => {
  const { manager, nodes } = adopted([found(1, { manager: "antctl+user" })], {
    process_manager: "antctl+zen",
  });
  expect([manager, nodes[0]?.found.manager]).toEqual(["antctl+zen", "antctl+zen"]);
});

test("flags that all nodes share and their program knows become start_args", () => {
  const flags = ["--relay", "--ip", "10.0.0.1", "--bootstrap", "a b"];
  const { nodes } = adopted([found(1, {}, flags), found(2, {}, [...flags, "--alpha"])]);
  expect(commonFlags(nodes, (flag) => flag !== "--bootstrap").flat()).toEqual(flags.slice(0, 3));
  expect(commonFlags(nodes, () => true).flat()).toEqual(flags);
  const { learned } = withCommonFlags({ ...adopted([found(1)]), nodes }, new Map());
  expect(learned.get("start_args")).toBe("--relay --ip 10.0.0.1");
});

describe("a command line of antnode", () => {
  test("is read without quotes, with = and with the network last", () => {
    expect(
      readNodeArguments([
        ...["--rpc", "127.0.0.1:30001", "--root-dir=/my nodes/a.b-c/antnode0001/", "--port", "55001"],
        ...[
          "--log-output-dest",
          "/logs/x",
          "--no-upnp",
          "--peer",
          "evm-is-no-network",
          "evm-arbitrum-sepolia-test",
        ],
      ]),
    ).toEqual({
      root_dir: "/my nodes/a.b-c/antnode0001",
      port: 55_001,
      metrics_port: undefined,
      rpc_port: 30_001,
      log_dir: "/logs/x",
      wallet: undefined,
      network: ["evm-arbitrum-sepolia-test"],
      no_upnp: true,
      extra: [["--peer", "evm-is-no-network"]],
    });
  });

  test("gives back every path, however it is spelled", () => {
    const path = fc.string({ minLength: 1 }).map((name) => `/n/${name.replace(/[/\0]/g, "")}x/antnode0001`);
    fc.assert(
      fc.property(path, fc.integer({ min: 1, max: 65_535 }), (root_dir, port) => {
        const read = readNodeArguments(["--root-dir", root_dir, "--port", String(port), "evm-arbitrum-one"]);
        expect(read).toMatchObject({ root_dir, port, network: ["evm-arbitrum-one"] });
      }),
    );
  });
});
