import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { aColony, type Ended, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

/** A colony at its cap, so that a run has nothing to do. */
let wnm: Wnm;
beforeAll(async () => {
  wnm = await aColony("--node_cap=1");
  await wnm.ok(["--force_action=add"]);
  await wnm.ok([]);
});
afterAll(() => wnm[Symbol.asyncDispose]());

const lines = ({ stderr }: Ended) => stderr.split("\n").filter((line) => line !== "");

describe("an idle run with --log_format python", () => {
  test("prints one line at INFO, on standard error, without colours", async () => {
    const ended = await wnm.ok([]);
    expect(ended.stdout).toBe("");
    expect(lines(ended)).toHaveLength(1);
    expect(ended.stderr).toMatch(/^INFO \[root\] Action: \{"status":"idle","reason":".+"\}\n$/);
  });

  test.each([
    [["-q"]],
    [["--quiet"]],
    [["--loglevel=WARNING"]],
    [["--loglevel", "error"]],
    [["--loglevel=CRITICAL"]],
  ])("prints nothing with %p", async (args) => {
    const { stdout, stderr } = await wnm.ok(args);
    expect([stdout, stderr]).toEqual(["", ""]);
  });

  test("--loglevel=DEBUG says more", async () => {
    expect((await wnm.ok(["--loglevel=DEBUG"])).stderr).toMatch(/^DEBUG \[root\] 1 node surveyed$/m);
  });

  test("-q overrides LOGLEVEL", async () => {
    expect((await wnm.ok(["-q"], { LOGLEVEL: "DEBUG" })).stderr).toBe("");
  });
});

const DECISIONS =
  "allow_cpu allow_mem allow_hd remove_cpu remove_mem remove_hd allow_node_cap allow_netio remove_netio allow_hdio remove_hdio load_allow load_not_allow add_new_node remove upgrade";

const shown = (ended: Ended, name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(new RegExp(`^INFO \\[root\\] ${name}: (.*)$`, "m").exec(ended.stderr)?.[1] ?? "null");

test("-v shows settings, measurements and decisions; each --show_ option shows its own", async () => {
  const all = await wnm.ok(["-v"]);
  expect(lines(all)).toHaveLength(4);
  expect(shown(all, "Machine")).toMatchObject({ node_cap: 1, process_manager: "setsid+user" });
  expect(shown(all, "Metrics")).toMatchObject({ total_nodes: 1 });
  expect(Object.keys(shown(all, "Decisions")).join(" ")).toBe(DECISIONS);
  for (const [option, name] of [
    ["--show_machine_config", "Machine"],
    ["--show_machine_metrics", "Metrics"],
    ["--show_decisions", "Decisions"],
  ] as const) {
    const one = await wnm.ok([option, "--dry_run"]);
    expect(lines(one)).toHaveLength(2);
    expect(shown(one, name)).not.toBeNull();
  }
});

test("the python format has one line per action, with node and reason, before the result", async () => {
  const ended = await wnm.ok(["--force_action", "restart", "--service_name", "1"]);
  const [first, second, ...rest] = lines(ended);
  expect(first).toBe("INFO [root] restart antnode0001: forced by hand");
  expect(second).toStartWith("INFO [root] Action: ");
  expect(rest).toEqual([]);
});

test("colours appear only on a terminal, and not if NO_COLOR is set", async () => {
  const onTerminal = (variables: string) => {
    const command = `env -i HOME=${wnm.home} TERM=xterm ${variables} ${wnm.binary} --report machine-config --node_cap 3`;
    const done = Bun.spawnSync(["script", "-q", "-e", "-c", command, "/dev/null"], { stdin: "ignore" });
    return done.stdout.toString();
  };
  expect(onTerminal("A=1")).toContain("\u001b[33mWARNING\u001b[0m");
  expect(onTerminal("NO_COLOR=1")).toContain("WARNING [root]");
  const { stderr } = await wnm.ok(["--report=machine-config", "--node_cap=3"]);
  expect(stderr).toStartWith("WARNING [root] --node_cap is in this report but not stored");
});

describe("the default log", () => {
  const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /;
  const words = (ended: Ended) => lines(ended).map((line) => line.replace(TIME, ""));
  let colony: Wnm;
  beforeAll(async () => {
    colony = await aColony("--node_cap=1", "--log_format=text");
  });
  afterAll(() => colony[Symbol.asyncDispose]());

  test("has one line per action, with time, level and reason", async () => {
    const ended = await colony.ok(["--force_action=add"]);
    expect(words(ended)).toEqual(["INFO add antnode0001: forced by hand"]);
    expect(ended.stderr).toMatch(TIME);
  });

  test("reports once what an idle run is waiting for, and nothing for a run that changes nothing", async () => {
    colony.sql("UPDATE machine SET delay_start = 36000, reaction = 'immediate'");
    colony.sql("UPDATE node SET status = 'RESTARTING', timestamp = unixepoch()");
    const first = words(await colony.ok([]));
    expect(first).toHaveLength(1);
    expect(first[0]).toMatch(
      /^INFO antnode0001 is starting, \d(\.\d)? of 600 min; the next one at \d\d:\d\dZ$/,
    );
    for (const _ of [1, 2]) expect((await colony.ok([])).stderr).toBe("");
    colony.sql("UPDATE machine SET delay_start = 0");
    await colony.ok([]);
    const full = await colony.ok([]);
    expect([full.stdout, full.stderr]).toEqual(["", ""]);
    expect((await colony.ok(["--loglevel=DEBUG"])).stderr).toContain("DEBUG nothing to do: ");
  });

  test("leaves standard output unchanged with --json", async () => {
    const { stdout, stderr } = await colony.ok(["--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ status: "idle" });
    expect(stderr).toBe("");
  });

  test("has one line for a failed action too, and a reason for every node that is left alone", async () => {
    expect(words(await colony.ok(["--force_action=enable", "--service_name=1"]))).toEqual([
      "INFO antnode0001 is left as it is: not disabled",
    ]);
    expect(words(await colony.ok(["--force_action=stop"]))).toEqual([
      expect.stringMatching(/^INFO this stops 1 node now; the data stay/),
      "INFO stop antnode0001: forced by hand",
    ]);
    expect(words(await colony.ok(["--force_action=stop"]))).toEqual(["WARNING No running nodes to stop"]);
    for (const copy of ["bin/antnode", "share/autonomi/node/antnode0001/antnode"])
      rmSync(join(colony.home, ".local", copy));
    const failed = words(await colony.run(["--force_action=start"])).filter((line) => line.includes("start"));
    expect(failed).toEqual([
      expect.stringMatching(
        /^ERROR start antnode0001 failed: .*; it was to be done because: forced by hand$/,
      ),
    ]);
  });

  test("has the given format, or else the stored one, for errors", async () => {
    const refused = async (...args: readonly string[]) => (await colony.run(args)).stderr;
    expect(await refused("--node_cap=x")).toMatch(new RegExp(`${TIME.source}ERROR --node_cap `));
    expect(await refused("--node_cap=x", "--log_format=python")).toStartWith("ERROR [root] --node_cap ");
    colony.sql("UPDATE machine SET log_format = 'python'");
    expect(await refused("--node_cap=x")).toStartWith("ERROR [root] --node_cap ");
  });
});

test.each([
  ["0x33\nINFO [root] Action: {}", "0x33\\nINFO [root] Action: {}"],
  ["z".repeat(2_000_000), `${"z".repeat(80)}… (2000000 characters)`],
])("a stored value can neither begin a log line nor fill it: %#", async (stored, echo) => {
  await using colony = await aColony("--node_cap=1");
  colony.sql(`UPDATE machine SET rewards_address = '${stored}'`);
  const { stdout, stderr } = await colony.run([]);
  expect(stdout).toBe("");
  expect(stderr.length).toBeLessThan(3_000);
  expect(stderr.match(/^INFO \[root\] Action: /gm)).toHaveLength(1);
  expect(stderr).toContain(`The stored rewards_address cannot be read (${echo})`);
});
