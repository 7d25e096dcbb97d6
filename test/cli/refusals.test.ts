import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { aColony, aHome, type Variables, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(120_000);

let wnm: Wnm;
beforeAll(async () => {
  wnm = await aColony();
});
afterAll(() => wnm[Symbol.asyncDispose]());

type Case = readonly [args: readonly string[], says: readonly (string | RegExp)[], env?: Variables];

const CASES: readonly Case[] = [
  [["--cpu_remov", "80"], ["--cpu_remov (command line): unknown option; did you mean --cpu_remove?"]],
  [["--bogus-zzzzzz=1"], ["--bogus-zzzzzz (command line): unknown option; see --help"]],
  [["status"], ['"status" (command line): is not an option']],
  [["--no_upnp", "false"], ["a switch takes its value as --NAME=false"]],
  [["--"], ["is not an option"]],
  [["-z"], ["-z (command line): unknown option"]],
  [["--node_cap"], ["--node_cap (command line): needs a value"]],
  [["--node_cap", "--dry_run"], ["--node_cap (command line): needs a value"]],
  [["--cpu_remove=180"], [/--cpu_remove \(command line\): .*Expected <=100 but received 180/]],
  [["--cpu_remove=-1"], ['Expected a whole number but received "-1"']],
  [["--node_cap=0"], ["Expected >=1 but received 0"]],
  [["--node_cap=abc"], ['Expected a whole number but received "abc"']],
  [["--node_cap="], ["Expected a whole number but received"]],
  [["--port_start=99"], ["--port_start"]],
  [["--count", "0", "--force_action", "add"], [/--count \(command line\): .*Expected >=1 but received 0/]],
  [["--force_action=explode"], ["--force_action (command line)", "wnm-db-migration"]],
  [["--report=everything"], ["--report (command line)", "node-status-details"]],
  [["--report=node-status", "--report_format=yaml"], ["--report_format (command line)"]],
  [["--loglevel=LOUD"], ["--loglevel (command line)"]],
  [
    ["--process_manager=systemd+sudo"],
    ["is fixed at init; it is setsid+user and cannot become systemd+sudo"],
  ],
  [["--port_start=60"], ["--port_start (command line): is fixed at init"]],
  [["--highest_node_id_used=5"], ["can only be changed with --force_action update_config"]],
  [["--force_action=teardown"], ["Teardown requires --confirm flag for safety"]],
  [["--force_action=teardown", "--dry_run"], ["Teardown requires --confirm flag for safety"]],
  [["--force_action=disable"], ["disable needs --service_name"]],
  [["--force_action=stop", "--service_name=1", "--count=2"], ["--count (command line): cannot go together"]],
  [["--force_action=add", "--service_name=1"], ["--service_name (command line): cannot go with add"]],
  [["--force_action=stop", "--service_name=antnode0099"], ["there is no antnode0099 in the colony"]],
  [
    ["--report=node-status", "--service_name=99,1.service"],
    ["no antnode0099", "no antnode0001"],
  ],
  [["--force_action=stop", "--service_name=node1"], ['Expected antnode0001 or 1 but received "node1"']],
  [
    ["--service_name=1"],
    ["--service_name (command line): does something only with --force_action or --report"],
  ],
  [["--count=2"], ["--count (command line): does something only with --force_action"]],
  [["--confirm"], ["--confirm (command line): does something only with"]],
  [["--output=/tmp/x"], ["--output (command line): goes with --report only"]],
  [["--force_action=nullop", "--count=2"], ["cannot go with --force_action nullop"]],
  [["--report=node-status", "--force_action=stop"], ["expected survey beside --report but received stop"]],
  [["--report=node-status", "--force_action=survey", "--dry_run"], ["--dry_run (command line)"]],
  [
    ["--init", "--dry_run", "--report=node-status"],
    ["--dry_run (command line)", "--report (command line)"],
  ],
  [["--init"], ["--dry_run (environment DRY_RUN): is not supported with --init"], { DRY_RUN: "1" }],
  [["--rewards_address=0x12"], ["--rewards_address (command line)", "40 hexadecimal digits"]],
  [["--rewards_address=0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed"], ["checksum (EIP-55)"]],
  [["--donate_address=donate"], ["--donate_address (command line)"]],
  [["--environment=A=1 junk"], ["Expected NAME=value pairs"]],
  [["--environment=A='1"], ["--environment (command line)", "every quote to be closed"]],
  [["--environment=A='x\ny'"], ["no control characters"]],
  [["--node_storage=relative"], ["Expected an absolute path"]],
  [["--cpu_less_than=80"], ["--cpu_less_than 80 (command line) must be below --cpu_remove 100"].slice(1)],
  [
    ["--cpu_less_than=80", "--cpu_remove=70"],
    ["80 (command line) must be below --cpu_remove 70 (command line)"],
  ],
  [["-c", "/nowhere/at/all"], ["--config (command line): there is no file /nowhere/at/all"]],
  [["--completion=tcsh"], ["--completion (command line)"]],
];

describe("a wrong call ends with 2, says why, and stores nothing", () => {
  test.each(CASES.filter(([, says]) => says.length > 0).map(([args, says, env]) => ({ args, says, env })))(
    "$args",
    async ({ args, says, env }) => {
      const before = [wnm.machine(), wnm.nodes()];
      // A right setting beside the wrong word is not stored either.
      const { code, stdout, stderr } = await wnm.run([...args, "--delay_start=77"], env);
      for (const sentence of says)
        expect(stderr).toMatch(sentence instanceof RegExp ? sentence : literal(sentence));
      expect(stderr).not.toMatch(/at \w+ \(|bug in wnm/);
      expect([code, stdout]).toEqual([2, ""]);
      expect([wnm.machine(), wnm.nodes()]).toEqual(before);
    },
  );

  const literal = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));

  test("everything wrong in one call is told at once, with its source", async () => {
    const { code, stderr } = await wnm.run(
      ["--bogus", "--cpu_remove=180", "stray", "--port_start=60", "--force_action=stop", "--service_name=7"],
      { WNM_NODE_CAP: "none", HD_REMOVE: "101" },
    );
    expect(code).toBe(2);
    for (const part of [
      "--bogus (command line)",
      "--cpu_remove (command line)",
      '"stray" (command line)',
      "--port_start (command line): is fixed",
      "there is no antnode0007",
      "--node_cap (environment WNM_NODE_CAP)",
      "--hd_remove (environment HD_REMOVE)",
    ]) {
      expect(stderr).toContain(part);
    }
    expect(stderr.trim().split("\n")).toHaveLength(7);
  });
});

test("a wrong call is refused before the lock is asked for, and before there is a colony", async () => {
  await using empty = await aHome();
  expect((await empty.run(["--cpu_remove=180"])).code).toBe(2);
  const missing = await empty.run(["--init", "--process_manager=setsid+user", "--node_cap=0"]);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain("--init (command line): Rewards Address is required");
  expect(missing.stderr).toContain("--node_cap (command line)");
});

test("help, version and completion answer without a colony; a wrong topic ends with 2", async () => {
  await using empty = await aHome();
  for (const args of [["--help"], ["-h"], ["--help", "all"], ["--help", "cpu_remove"], ["--help=node_cap"]]) {
    expect((await empty.ok(args)).stdout).toContain("--");
  }
  expect((await empty.ok(["--version"])).stdout).toMatch(/^wnm version \d+\.\d+\.\d+\n$/);
  expect((await empty.ok(["-v", "--version"])).stdout).toMatch(/^wnm version/);
  for (const shell of ["bash", "zsh", "fish"])
    expect((await empty.ok(["--completion", shell])).stdout).toContain("wnm --completion");
  const wrong = await empty.run(["--help", "cpu_remov"]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("did you mean cpu_remove?")]);
});
