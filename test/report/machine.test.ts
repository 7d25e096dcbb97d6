import { describe, expect, test } from "bun:test";
import { decisions } from "../../src/report/decisions.ts";
import { machineConfig, machineConfigText } from "../../src/report/machine-config.ts";
import { machineMetrics } from "../../src/report/machine-metrics.ts";
import { pairsConfig, pairsEnv, pairsJson, pairsText } from "../../src/report/pairs.ts";
import { aConfig, aSnapshot, aStoppedNode, NOW, quietMetrics } from "../support/builders.ts";
import { colonyOf, QUIET, RUNNING } from "./fixture.ts";

const PLACE = { cpu_count: 4, database: "/home/ant/.local/share/autonomi/colony.db" };
const CONFIG = aConfig({
  rewards_address: "donate:9,faucet:1",
  environment: `A=1 B="it's"`,
  antctl_version: undefined,
  no_upnp: true,
  node_storage: ["/srv/my nodes"],
});

const KEYS =
  "id cpu_count node_cap cpu_less_than cpu_remove mem_less_than mem_remove hd_less_than hd_remove delay_start delay_restart delay_upgrade delay_remove survey_delay action_delay node_storage rewards_address donate_address max_load_average_allowed desired_load_average port_start hdio_read_less_than hdio_read_remove hdio_write_less_than hdio_write_remove netio_read_less_than netio_read_remove netio_write_less_than netio_write_remove last_stopped_at host crisis_bytes metrics_port_start rpc_port_start environment start_args max_concurrent_upgrades max_concurrent_starts max_concurrent_removals max_concurrent_operations node_removal_strategy process_manager max_node_per_container min_container_count docker_image no_upnp antnode_path antctl_path antctl_debug antctl_version highest_node_id_used dbpath";

describe("machine-config", () => {
  test("has Python wnm's keys in its order, and values instead of text in JSON", () => {
    const json = pairsJson(machineConfig(CONFIG, PLACE)) as Readonly<Record<string, unknown>>;
    const own = Object.keys(json).filter((key) => KEYS.split(" ").includes(key));
    expect(own.join(" ")).toBe(KEYS);
    expect(Object.keys(json).at(-1)).toBe("dbpath");
    expect(json).toMatchObject({
      id: 1,
      cpu_count: 4,
      node_cap: 20,
      max_load_average_allowed: 4,
      desired_load_average: 2.4,
      no_upnp: true,
      antctl_debug: false,
      antctl_version: null,
      environment: `A=1 B="it's"`,
      dbpath: "sqlite:////home/ant/.local/share/autonomi/colony.db",
    });
  });

  test("writes text, env and config with true and false, nothing for unknown values, and quotes where a shell needs them", () => {
    const pairs = machineConfigText(CONFIG, PLACE);
    expect(pairsText(pairs)).toContain("\nmax_load_average_allowed: 4.0\n");
    expect(pairsText(pairs)).toContain("\nantctl_version: \n");
    for (const line of [
      "ID=1",
      "NODE_STORAGE='/srv/my nodes'",
      "REWARDS_ADDRESS=donate:9,faucet:1",
      `ENVIRONMENT='A=1 B="it'\\''s"'`,
      "ANTNODE_PATH='~/.local/bin/antnode'",
      "NO_UPNP=true",
      "ANTCTL_VERSION=",
    ]) {
      expect(pairsEnv(pairs).split("\n")).toContain(line);
      const [name = "", ...value] = line.split("=");
      expect(pairsConfig(pairs).split("\n")).toContain([name.toLowerCase(), ...value].join("="));
    }
  });
});

describe("machine-metrics", () => {
  test("has Python wnm's keys in its order, counted from the nodes and taken from the measurements", () => {
    const stopped = aStoppedNode(3, { version: "0.4.16" });
    const unknown = aStoppedNode(4, { version: undefined });
    const colony = colonyOf(
      RUNNING,
      QUIET,
      stopped,
      unknown,
      aStoppedNode(5, { status: "DISABLED" }),
      aStoppedNode(6, { status: "DISABLED", version: undefined }),
    );
    const s = { ...colony, config: { ...colony.config, crisis_bytes: 100e9 } };
    const json = pairsJson(machineMetrics(s));
    expect(json).toEqual({
      system_start: NOW - 86_400,
      total_nodes: 6,
      running_nodes: 2,
      stopped_nodes: 2,
      restarting_nodes: 0,
      upgrading_nodes: 0,
      migrating_nodes: 0,
      removing_nodes: 0,
      dead_nodes: 0,
      disabled_nodes: 2,
      antnode: "/home/ant/.local/bin/antnode",
      antnode_version: "0.4.17",
      queen_node_version: "0.4.17",
      // The disabled ones do not count.
      nodes_latest_v: 2,
      nodes_no_version: 1,
      // The stopped node is old, but only running nodes are upgraded.
      nodes_to_upgrade: 0,
      nodes_by_version: { "0.4.17": 3, "0.4.16": 1 },
      load_average_1: 0.1,
      load_average_5: 0.1,
      load_average_15: 0.1,
      idle_cpu_percent: 90,
      io_wait: 0,
      used_cpu_percent: 12.5,
      used_mem_percent: 20,
      free_mem_percent: 80,
      used_hd_percent: 30,
      total_hd_bytes: 1e12,
      hdio_write_bytes: 0,
      hdio_read_bytes: 0,
      netio_write_bytes: 0,
      netio_read_bytes: 0,
      // 4 nodes of 100 GB each on 90 % of 1 TB.
      node_hd_crisis: 66,
      nodes_used_bytes: {},
      expected_growth_bytes: 0,
      disks: [expect.objectContaining({ nodes: 6, used_hd_percent: 30, days_until_full: null })],
    });
  });

  test("is read by a shell as env, with what could not be measured left empty", () => {
    const s = aSnapshot({
      nodes: [RUNNING],
      metrics: { ...quietMetrics, used_cpu_percent: undefined, load_average_1: 1 / 3 },
    });
    const env = pairsEnv(machineMetrics(s));
    expect(env).toContain("\nUSED_CPU_PERCENT=\n");
    expect(env).toContain("\nLOAD_AVERAGE_1=0.33\n");
    expect(env).toContain(`\nNODES_BY_VERSION='{"0.4.17":1}'\n`);
  });
});

describe("decisions", () => {
  const of = (metrics: Parameters<typeof aSnapshot>[0]["metrics"], config = {}) =>
    pairsJson(
      decisions(aSnapshot({ nodes: [RUNNING], metrics: { ...quietMetrics, ...metrics }, config })),
    ) as Readonly<Record<string, boolean>>;
  const saying = (of_: Readonly<Record<string, boolean>>) =>
    Object.keys(of_)
      .filter((key) => of_[key])
      .join(" ");

  test("all allow growth on a quiet machine", () => {
    expect(saying(of({}))).toBe(
      "allow_cpu allow_mem allow_hd allow_node_cap allow_netio allow_hdio load_allow add_new_node",
    );
  });

  test.each([
    [{ used_cpu_percent: 60 }, {}, "allow_mem allow_hd allow_node_cap allow_netio allow_hdio load_allow"],
    [
      { used_cpu_percent: 80 },
      {},
      "allow_mem allow_hd remove_cpu allow_node_cap allow_netio allow_hdio load_allow remove",
    ],
    [
      { load_average_15: 9 },
      {},
      "allow_cpu allow_mem allow_hd allow_node_cap allow_netio allow_hdio load_not_allow remove",
    ],
    [
      { netio_read_bytes: 30 },
      { netio_read_less_than: 10, netio_read_remove: 20 },
      "allow_cpu allow_mem allow_hd allow_node_cap remove_netio allow_hdio load_allow remove",
    ],
    [
      { used_hd_percent: undefined },
      {},
      "allow_cpu allow_mem allow_node_cap allow_netio allow_hdio load_allow",
    ],
    [{}, { node_cap: 1 }, "allow_cpu allow_mem allow_hd allow_netio allow_hdio load_allow"],
  ])("%p with %p", (metrics, config, expected) => {
    expect(saying(of(metrics, config))).toBe(expected);
  });
});
