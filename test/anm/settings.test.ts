import { describe, expect, test } from "bun:test";
import { anmSettings, readNodeDetails } from "../../src/anm/settings.ts";
import { readAssignments } from "../../src/anm/shell-assignments.ts";

const NOTHING = { config: undefined, override: undefined, wallet: undefined, script: undefined };
const WALLET = `0x${"a".repeat(40)}`;
const learned = (files: Partial<Parameters<typeof anmSettings>[0]>, given: readonly string[] = []) =>
  anmSettings({ ...NOTHING, ...files }, new Set(given));

describe("anm's settings as wnm's", () => {
  test("delays are minutes, in either spelling", () => {
    const config = "DelayStart=5\nDelayReStart=6\nDelayUpgrade=7\nDelayRemove=10\n";
    expect(Object.fromEntries(learned({ config }).learned)).toMatchObject({
      delay_start: "300",
      delay_restart: "360",
      delay_upgrade: "420",
      delay_remove: "600",
    });
    expect(learned({ config: "DelayRestart=2" }).learned.get("delay_restart")).toBe("120");
  });

  test("today's wallet takes precedence over the override file, and that over the config", () => {
    const line = (digit: string) => `RewardsAddress="--rewards-address 0x${digit.repeat(40)}"\n`;
    const files = { config: line("1"), override: `${line("2")}NodeCap=9`, wallet: line("3") };
    expect(learned(files).learned.get("rewards_address")).toBe(`0x${"3".repeat(40)}`);
    expect(learned({ ...files, wallet: undefined }).learned.get("rewards_address")).toBe(
      `0x${"2".repeat(40)}`,
    );
    expect(learned(files).learned.get("node_cap")).toBe("9");
  });

  test("the port blocks are the script's, or anm's own", () => {
    const { learned: found } = learned({ script: "#!/bin/bash\n  ntpr=56 # sed changes this\n" });
    expect([found.get("port_start"), found.get("metrics_port_start")]).toEqual(["56", "13"]);
  });

  test("loads are read as bc writes them", () => {
    const found = learned({ config: "MaxLoadAverageAllowed=4.0\nDesiredLoadAverage=.6\n" }).learned;
    expect([found.get("max_load_average_allowed"), found.get("desired_load_average")]).toEqual([
      "4.0",
      "0.6",
    ]);
  });

  test("a value that the shell would have to compute, or that is not a number, is a problem unless it is given", () => {
    const config = 'MaxLoadAverageAllowed=$(echo "$(nproc) * 1.0" | bc)\nNodeCap=many\n';
    expect(learned({ config }).problems.join()).toMatch(
      /NodeCap=many .*--node_cap.*MaxLoadAverageAllowed=….*--max_load/,
    );
    expect(learned({ config }, ["node_cap", "max_load_average_allowed"]).problems).toEqual([]);
  });

  test("an anm that is about to tear down is not migrated", () => {
    expect(learned({ config: "Action=4" }).problems.join()).toContain("tear everything down");
    expect(learned({ config: "Action=2" }).problems).toEqual([]);
  });

  test("a pinned version is reported", () => {
    expect(learned({ config: 'NodeVersion="--version 0.4.9"' }).notes.join()).toContain("--version 0.4.9");
    expect(learned({ config: 'NodeVersion=""' }).notes).toEqual([]);
  });
});

test("shell assignments are read, not run", () => {
  const { values, computed } = readAssignments(
    `A=1 # one\nexport B='x $y'\nC="a b"; \nD=\`rm -rf /\`\nE=$F\n# G=2\necho H=3\nI=(1 2)\nA=2\nJ="--rewards-address ${WALLET}"\n`,
  );
  expect(Object.fromEntries(values)).toEqual({
    A: "2",
    B: "x $y",
    C: "a b",
    J: `--rewards-address ${WALLET}`,
  });
  expect(computed).toEqual(["D", "E", "I"]);
});

test("NodeDetails gives peer id, version and status by number", () => {
  const text =
    'declare -A node_details_store=([0001]="antnode0001,12D3KooWa,0.4.17,RUNNING" ["0002"]="antnode0002,,0.4.17,STOPPED" )';
  expect([...readNodeDetails(text)]).toEqual([
    [1, { peer_id: "12D3KooWa", version: "0.4.17", status: "RUNNING" }],
    [2, { peer_id: "", version: "0.4.17", status: "STOPPED" }],
  ]);
});
