import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aColony, aHome, type Variables, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

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
  [["--cpu_remove=-1"], ['Expected a whole number of 0 or more but received "-1"']],
  [["--max_node_per_container=0"], ["Expected >=1 but received 0"]],
  [["--node_cap=abc"], ['Expected a whole number of 0 or more but received "abc"']],
  [["--node_cap="], ["Expected a whole number of 0 or more but received"]],
  [["--port_start=99"], ["--port_start"]],
  [["--count", "0", "--force_action", "add"], [/--count \(command line\): .*Expected >=1 but received 0/]],
  [["--count=-1", "--force_action", "add"], ['a whole number of 1 or more but received "-1"']],
  [["--count=1e9", "--force_action", "add"], ['a whole number of 1 or more but received "1e9"']],
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
  [["--force_action=stop", "--service_name=1", "--count=2"], ["--count (command line): cannot be combined"]],
  [
    ["--force_action=add", "--service_name=1"],
    ["--service_name (command line): cannot be combined with add"],
  ],
  [["--force_action=stop", "--service_name=antnode0099"], ["there is no antnode0099 in the colony"]],
  [
    ["--report=node-status", "--service_name=99,1.service"],
    ["no antnode0099", "no antnode0001"],
  ],
  [["--force_action=stop", "--service_name=node1"], ['Expected antnode0001 or 1 but received "node1"']],
  [["--force_action=stop", "--service_name", "1\n2"], ['Expected antnode0001 or 1 but received "1\\n2"']],
  [["--node_cap=1\nINFO [root] x"], ['but received "1\\nINFO [root] x"']],
  [["--report=1\n2"], ['but received "1\\n2"']],
  [["--host=1\n2"], ['but received "1\\n2"']],
  [["--rewards_address=faucet,1\n2"], ["one line without control characters"]],
  [["--donate_address=1\n2"], ['but received "1\\n2"']],
  [["a\nb"], ['"a\\nb" (command line): is not an option']],
  [["-c", "/nowhere/1\n2"], ["there is no file /nowhere/1\\n2"]],
  [[`--node_cap=${"9".repeat(99_999)}`], [`"${"9".repeat(80)}… (99999 characters)"`]],
  [
    ["--service_name=1"],
    ["--service_name (command line): does nothing with a plain run; it goes with --force_action, --report"],
  ],
  [["--count=2"], ["--count (command line): does nothing with a plain run; it goes with --force_action"]],
  [["--confirm"], ["--confirm (command line): confirms nothing in a plain run"]],
  [["--output=/tmp/x"], ["--output (command line): does nothing with a plain run; it goes with --report"]],
  [
    ["--force_action=nullop", "--count=2"],
    ["--count (command line): does nothing with --force_action nullop"],
  ],
  [
    ["--report=node-status", "--force_action=stop"],
    ["--report (command line): cannot be combined with --force_action (command line)"],
  ],
  [["--report=node-status", "--force_action=survey", "--dry_run"], ["--dry_run (command line)"]],
  [
    ["--init", "--dry_run", "--report=node-status"],
    ["--dry_run (command line)", "--report (command line)"],
  ],
  [["--init"], ["--dry_run (environment DRY_RUN): is not supported with --init"], { DRY_RUN: "1" }],
  [["--rewards_address=0x12"], ["--rewards_address (command line)", "40 hexadecimal digits"]],
  [["--rewards_address=0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed"], ["EIP-55 checksum"]],
  [[`--rewards_address=0x${"0".repeat(40)}`], ["is the zero address, which belongs to nobody"]],
  [["--donate_address=donate"], ["--donate_address (command line)"]],
  [["--environment=A=1 junk"], ["Expected NAME=value pairs"]],
  [["--environment=A='1"], ["--environment (command line)", "every quote to be closed"]],
  [["--environment=A='x\ny'"], ["no control characters"]],
  [["--node_storage=relative"], ["Expected an absolute path"]],
  [["--prometheus_path=~//"], ["Expected a path below the home folder"]],
  [["--cpu_less_than=103"], ["--cpu_less_than 103 (command line) must not be above --cpu_remove 102"]],
  [["--version", "--verbose"], ["--verbose (command line): does nothing with --version"]],
  [["--help", "--version"], ["--help (command line): cannot be combined with --version (command line)"]],
  [["--release", "--node_cap=3"], ["--node_cap (command line): does nothing with --release"]],
  [["--dockerfile", "--dbpath=/x"], ["--dbpath (command line): does nothing with --dockerfile"]],
  [["--force_action=survey", "--count=2"], ["--count (command line): does nothing with a survey"]],
  [["--release"], ["--dry_run (environment WNM_DRY_RUN): does nothing with --release"], { WNM_DRY_RUN: "1" }],
  [
    ["--cpu_less_than=80", "--cpu_remove=70"],
    ["80 (command line) must not be above --cpu_remove 70 (command line)"],
  ],
  [["-c", "/nowhere/at/all"], ["--config (command line): there is no file /nowhere/at/all"]],
  [["--completion=tcsh"], ["--completion (command line)"]],
  [
    ["--rust_backtrace=1"],
    ["--rust_backtrace (command line): does nothing in this colony, which does not use antctl"],
  ],
  [
    ["--force_action=stop", "--enable_upgrade"],
    ["--enable_upgrade (command line): does nothing with --force_action stop"],
  ],
  [
    ["--report=node-status", "--report_format=env"],
    ["--report_format (command line): does nothing with", "text, json"],
  ],
  [["--report=node-status"], ["--delay_start (command line): does nothing with --report node-status"]],
  [
    ["--init", "--migrate_anm", "--process_manager=setsid+user"],
    ["--process_manager (command line): cannot be combined with --migrate_anm"],
  ],
];

describe("a wrong call exits with 2, says why, and stores nothing", () => {
  test.each(CASES.map(([args, says, env]) => ({ args, says, env })))("$args", async ({ args, says, env }) => {
    const before = [wnm.machine(), wnm.nodes()];
    // A correct setting next to the wrong word is not stored either.
    const { code, stdout, stderr } = await wnm.run([...args, "--delay_start=77"], env);
    for (const sentence of says)
      expect(stderr).toMatch(sentence instanceof RegExp ? sentence : literal(sentence));
    expect(stderr).not.toMatch(/at \w+ \(|bug in wnm/);
    expect([code, stdout]).toEqual([2, ""]);
    expect([wnm.machine(), wnm.nodes()]).toEqual(before);
  });

  const literal = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));

  test("all mistakes in one call are reported at once, with their sources", async () => {
    const { code, stderr } = await wnm.run(
      ["--bogus", "--cpu_remove=-1", "stray", "--port_start=60", "--force_action=stop", "--service_name=7"],
      { WNM_NODE_CAP: "none", HD_REMOVE: "full" },
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

test("a wrong call is refused before the lock is requested, and before there is a colony", async () => {
  await using empty = await aHome();
  expect((await empty.run(["--cpu_remove=-1"])).code).toBe(2);
  const missing = await empty.run(["--init", "--process_manager=setsid+user", "--node_cap=-1"]);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain("--init (command line): Rewards Address is required");
  expect(missing.stderr).toContain("--node_cap (command line)");
});

test("help, version and completion work without a colony, and a wrong topic exits with 2", async () => {
  await using empty = await aHome();
  for (const args of [["--help"], ["-h"], ["--help", "all"], ["--help", "cpu_remove"], ["--help=node_cap"]]) {
    expect((await empty.ok(args)).stdout).toContain("--");
  }
  expect((await empty.ok(["--version"])).stdout).toMatch(/^wnm version \d+\.\d+\.\d+\n$/);
  for (const shell of ["bash", "zsh", "fish"])
    expect((await empty.ok(["--completion", shell])).stdout).toContain("wnm --completion");
  const wrong = await empty.run(["--help", "cpu_remov"]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("did you mean cpu_remove?")]);
});

test.each(["docker+user", "s6overlay+user"])(
  "--init for containers without their program is refused, names what works, and creates nothing: %s",
  async (kind) => {
    await using empty = await aHome();
    const refused = await empty.run(["--init", "--rewards_address=donate", `--process_manager=${kind}`], {
      WNM_DOCKER_PATH: `${empty.home}/docker`,
    });
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining("docker is not installed, so it cannot run nodes here"),
    ]);
    expect(refused.stderr).toContain("--process_manager setsid+user");
    expect(existsSync(empty.database)).toBe(false);
  },
);

test("--init --create_user in a user mode is refused, and creates nothing", async () => {
  await using home = await aHome();
  const { code, stderr } = await home.run([
    ...["--init", "--rewards_address=donate", "--process_manager=setsid+user", "--create_user"],
  ]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining("--create_user (command line): does nothing with --process_manager setsid+user"),
  ]);
  expect(existsSync(home.base)).toBe(false);
});

test.each(["antctl_path", "docker_path"])(
  "--%s is refused and not stored if it names no program that can be run",
  async (name) => {
    await using wnm = await aColony();
    const before = wnm.machine()[name];
    const program = join(wnm.home, "program");
    const refusal = async (path = program): Promise<string> => {
      const { code, stderr } = await wnm.run([`--${name}`, path]);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refusal()).toContain(`there is no program ${program}`);
    expect(await refusal(wnm.home)).toContain(`${wnm.home} is not a file`);
    writeFileSync(program, "#!/bin/sh\n", { mode: 0o644 });
    expect(await refusal()).toContain(`chmod +x '${program}'`);
    chmodSync(program, 0o777);
    expect(await refusal()).toContain(`every account can change ${program}`);
    expect(wnm.machine()[name]).toBe(before as string);
    chmodSync(program, 0o755);
    await wnm.ok([`--${name}`, "~/program"]);
    expect(wnm.machine()[name]).toBe("~/program");
  },
);
