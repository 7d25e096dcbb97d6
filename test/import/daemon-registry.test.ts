import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodesOfDaemon } from "../../src/process/ant-daemon/registry.ts";
import { inBox } from "./box.ts";

setDefaultTimeout(300_000);

const WALLET = `0x${"1".repeat(40)}`;

/** A node as ant-core 0.14.0 writes it. */
const entry = (id: number, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  id,
  service_name: `node${id}`,
  rewards_address: WALLET,
  data_dir: `/home/u/.local/share/ant/nodes/node-${id}`,
  log_dir: null,
  node_port: null,
  binary_path: `/home/u/.local/share/ant/nodes/node-${id}/ant-node`,
  version: "0.23.1",
  env_variables: {},
  bootstrap_peers: [],
  upgrade_channel: null,
  evm_network: "arbitrum-one",
  eviction: null,
  ...changes,
});
const registryOf = (...nodes: readonly Record<string, unknown>[]): string =>
  JSON.stringify({
    schema_version: 1,
    nodes: Object.fromEntries(nodes.map((node, i) => [String(i + 1), node])),
    next_id: nodes.length + 1,
  });

describe("the registry of the ant node daemon", () => {
  let path: string;
  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), "wnm-daemon-")), "node_registry.json");
  });
  afterEach(() => rmSync(join(path, ".."), { recursive: true }));
  const read = (text: string) => {
    writeFileSync(path, text);
    return nodesOfDaemon(path);
  };

  test("gives the daemon's command line, in the current form and in an older one", () => {
    const old = { id: 2, rewards_address: WALLET, data_dir: "/d/node-2", binary_path: "/d/node-2/ant-node" };
    const { found, left_out } = read(
      registryOf(
        entry(1, {
          ...{
            log_dir: "/logs/1",
            node_port: 12_001,
            upgrade_channel: "beta",
            bootstrap_peers: ["192.0.2.1:5"],
          },
          env_variables: { ANT_CACHE_CAPACITY: "5" },
        }),
        { ...old, log_dir: null, node_port: 12_002, metrics_port: 13_002, network_id: 1, version: "0.10.0" },
      ),
    );
    expect(left_out).toEqual([]);
    expect(found[0]).toMatchObject({
      manager: "setsid+user",
      number: 1,
      env: { ANT_CACHE_CAPACITY: "5" },
      args: [
        ...["--rewards-address", WALLET, "--root-dir", "/home/u/.local/share/ant/nodes/node-1"],
        ...["--enable-logging", "--log-dir", "/logs/1", "--port", "12001", "--bootstrap", "192.0.2.1:5"],
        ...["--upgrade-channel", "beta", "--stop-on-upgrade", "--evm-network", "arbitrum-one"],
      ],
    });
    expect(found[1]?.args).toContain("--metrics-port");
  });

  test.each([
    ["a wrong type", { node_port: "12001" }, "node_port"],
    ["a port that is none", { node_port: 70_000 }, "node_port"],
    ["half a port", { node_port: 1.5 }, "node_port"],
    ["a number without end", { id: 1e300 }, "id"],
    ["a peer that is a flag", { bootstrap_peers: ["--config"] }, "bootstrap_peers.0"],
    ["a wallet that is a flag", { rewards_address: "--config=/x" }, "rewards_address"],
    ["a channel that is none", { upgrade_channel: "nightly" }, "upgrade_channel"],
    ["a variable that is none", { env_variables: { A: 1 } }, "env_variables.A"],
    ["no folder", { data_dir: undefined }, "data_dir"],
  ])("leaves out an entry with %s by name, and takes the others", (_, changes, field) => {
    const { found, left_out } = read(registryOf(entry(1, changes), entry(2)));
    expect(found.map(({ number }) => number)).toEqual([2]);
    expect(left_out[0]?.because).toBe(`its entry is not as the daemon writes it: ${field}`);
  });

  test("leaves out an entry that the daemon deleted for lack of disk space", () => {
    const eviction = { reason: "low disk", evicted_at: 1, reclaimed_bytes: 1 };
    expect(read(registryOf(entry(1, { eviction }))).left_out[0]?.because).toContain("low disk");
  });

  test("reports variables that no program can be given as an obstacle", () => {
    const { found } = read(
      registryOf(entry(1, { env_variables: { "A B": "x" } }), entry(2, { env_variables: { A: "x\ny" } })),
    );
    expect(found.map(({ obstacle }) => obstacle)).toEqual([
      expect.stringContaining("A B"),
      expect.stringContaining("variable A"),
    ]);
  });

  test.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a list of nodes", '{"schema_version":1,"nodes":[1],"next_id":99999999999999999999}'],
    ["another schema", '{"schema_version":2,"nodes":{}}'],
    ["nothing", ""],
  ])("is left out as a whole if it is %s", (name, text) => {
    const { found, left_out } = read(text);
    expect(found).toEqual([]);
    if (name !== "a list of nodes")
      expect(left_out).toEqual([
        { source: path, because: expect.stringContaining("not a registry of the ant node daemon") },
      ]);
  });

  test("is left out, and read no further, if it is a pipe or endless", () => {
    for (const made of [
      ["mkfifo", path],
      ["ln", "-s", "/dev/zero", path],
      ["truncate", "-s", "1T", path],
    ]) {
      expect(Bun.spawnSync([...made]).exitCode).toBe(0);
      expect(nodesOfDaemon(path).left_out).toHaveLength(1);
      rmSync(path);
    }
  });
});

/** The daemon's own way to find a node again: the pid file if that pid lives, else program and folder (supervisor.rs). */
const ADOPT = `
adopt() { local pid; pid=$(cat "$1/node.pid" 2>/dev/null) && [ -d "/proc/$pid" ] && { echo "$pid"; return; }
  for p in /proc/[0-9]*; do [ "$(readlink "$p/exe")" = "$1/ant-node" ] && echo "\${p#/proc/}"; done; true; }`;

test("a daemon's nodes are taken over once it is stopped, keep running, and are its own again after --release", async () => {
  const said = await inBox(`${ADOPT}
    data=$HOME/.local/share/ant; for n in 1 2 3; do folder "$data/nodes/node-$n"; done
    node() { printf '"%s":{"id":%s,"service_name":"node%s","rewards_address":"%s","data_dir":"%s","log_dir":%s,"node_port":%s,"binary_path":"%s/ant-node","version":"0.23.1","env_variables":{},"bootstrap_peers":[],"upgrade_channel":null,"evm_network":"arbitrum-one","eviction":null}' \\
      "$1" "$1" "$1" $WALLET "$2" "$3" "$4" "$2"; }
    printf '{"schema_version":1,"nodes":{%s,%s,%s,%s},"next_id":5}' "$(node 1 "$data/nodes/node-1" "\\"$data/log-1\\"" 12001)" \\
      "$(node 2 "$data/nodes/node-2" null null)" "$(node 3 "$data/nodes/node-3" null null)" "$(node 4 "$data/nodes/node-1" null null)" >"$data/node_registry.json"
    cp /bin/bash "$HOME/ant"
    "$HOME/ant" -c '
      "$1/node-1/ant-node" --rewards-address $2 --root-dir "$1/node-1" --enable-logging --log-dir "$1/../log-1" --port 12001 --stop-on-upgrade --evm-network arbitrum-one >/dev/null 2>&1 & echo $! >"$1/node-1/node.pid"
      "$1/node-2/ant-node" --rewards-address $2 --root-dir "$1/node-2" --stop-on-upgrade --evm-network arbitrum-one >/dev/null 2>&1 & echo $! >"$1/node-2/node.pid"
      sleep 1000; :' daemon "$data/nodes" $WALLET daemon & daemon=$!
    echo $daemon >"$data/daemon.pid"; up "$data/nodes/node-1" "$data/nodes/node-2"
    registry=$(cat "$data/node_registry.json"); before=$(identity "$data/nodes/node-1"; identity "$data/nodes/node-2")
    import --node_cap 3 && exit 1; echo "refused with $?"
    rm "$data/daemon.pid"; import --node_cap 3 2>/dev/null && exit 1; echo "and without a pid file with $?"
    kill -9 $daemon; wait $daemon || true
    exec 9>"$data/node_registry.lock"; flock 9; import --node_cap 3 9>&- && exit 1; echo "and while it is locked with $?"; exec 9>&-
    import --node_cap 3
    [ "$before" = "$(identity "$data/nodes/node-1"; identity "$data/nodes/node-2")" ] && echo the same processes
    wnm; [ "$(identity "$data/nodes/node-3" | wc -l)" = 1 ] && echo the stopped one was started
    wnm --force_action stop --service_name 1; wnm --force_action start --service_name 1
    # Its old pid is another process's by now.
    echo $$ >"$data/nodes/node-1/node.pid"
    wnm --release | tail -3
    [ "$registry" = "$(cat "$data/node_registry.json")" ] && echo the registry is as it was
    for n in 1 2 3; do [ "$(adopt "$data/nodes/node-$n")" = "$(identity "$data/nodes/node-$n" | cut -d' ' -f1)" ] && echo "adopts $n"; done
  `);
  expect(said).toContain("3 nodes, run by setsid+user");
  expect(said).toContain("node_registry.json, node 4: its folder");
  expect(said).toMatch(/antnode0003 {2}STOPPED/);
  const lines = said.trimEnd().split("\n");
  for (const line of [
    ...["refused with 5", "and without a pid file with 5", "and while it is locked with 5"],
    ...["the same processes", "the stopped one was started", "the registry is as it was"],
    "The ant node daemon takes its 2 nodes back: ant node daemon start",
    ...["adopts 1", "adopts 2", "adopts 3"],
  ])
    expect(lines).toContain(line);
});
