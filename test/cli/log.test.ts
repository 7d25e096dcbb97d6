import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { aColony, type Ended, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(120_000);

/** A colony that is full, so that a run has nothing to do. */
let wnm: Wnm;
beforeAll(async () => {
  wnm = await aColony("--node_cap=1");
  await wnm.ok(["--force_action=add"]);
  await wnm.ok([]);
});
afterAll(() => wnm[Symbol.asyncDispose]());

const lines = ({ stderr }: Ended) => stderr.split("\n").filter((line) => line !== "");

describe("an idle run", () => {
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
    expect((await wnm.ok(["--loglevel=DEBUG"])).stderr).toMatch(/^DEBUG \[root\] 1 nodes surveyed$/m);
  });

  test("-q wins over LOGLEVEL", async () => {
    expect((await wnm.ok(["-q"], { LOGLEVEL: "DEBUG" })).stderr).toBe("");
  });
});

const DECISIONS =
  "allow_cpu allow_mem allow_hd remove_cpu remove_mem remove_hd allow_node_cap allow_netio remove_netio allow_hdio remove_hdio load_allow load_not_allow add_new_node remove upgrade";

const shown = (ended: Ended, name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(new RegExp(`^INFO \\[root\\] ${name}: (.*)$`, "m").exec(ended.stderr)?.[1] ?? "null");

test("-v shows settings, measurements and decisions; each --show_ option its own", async () => {
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

test("one line for each action, with node and reason, before the result", async () => {
  const ended = await wnm.ok(["--force_action", "restart", "--service_name", "1"]);
  const [first, second, ...rest] = lines(ended);
  expect(first).toBe("INFO [root] restart antnode0001: forced by hand");
  expect(second).toStartWith("INFO [root] Action: ");
  expect(rest).toEqual([]);
});

test("colours on a terminal only, and not where NO_COLOR is set", async () => {
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
