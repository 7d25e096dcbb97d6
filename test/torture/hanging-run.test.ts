import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeHolder } from "../../src/os/lock/hanging-run.ts";
import { holderIn } from "../../src/os/lock/record.ts";
import { identityOf, livingProcess } from "../../src/os/processes/identity.ts";
import { until } from "../support/until.ts";
import { aColony, type Wnm } from "../support/wnm.ts";
import { disagreements } from "./agreement.ts";

setDefaultTimeout(300_000);

const recordOf = (wnm: Wnm): string => {
  const path = join(wnm.base, ".wnm-lock");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
};

/** A run that is stopped while it holds the lock. */
async function stopped(wnm: Wnm, args: readonly string[], when: RegExp): Promise<Bun.Subprocess> {
  const run = wnm.start(args);
  await until(
    () => recordOf(wnm).startsWith(`pid ${run.pid},`) && when.test(recordOf(wnm)),
    "the run's record",
  );
  run.kill("SIGSTOP");
  await until(
    () => /\nState:\tT/.test(readFileSync(`/proc/${run.pid}/status`, "utf8")),
    "the run to be stopped",
  );
  return run;
}

/** Sets the time limit of the run that holds the lock to zero, as if ten minutes had passed. */
const makeLate = (wnm: Wnm): void =>
  writeFileSync(join(wnm.base, ".wnm-lock"), recordOf(wnm).replace(/ \d+\n$/, " 0\n"));

test("a run that is stopped while it observes is reported at once, and ended when it is late", async () => {
  await using wnm = await aColony("--node_cap=2");
  await wnm.ok(["--force_action", "add", "--count=2"]);
  const hanging = await stopped(wnm, ["--force_action", "survey", "--this_survey_delay=60000"], / 720\n$/);
  const young = await wnm.run([]);
  expect(young.code).toBe(75);
  expect(young.stderr).toMatch(
    /wnm still running: pid \d+, started 20.*Z by hand, wnm --force_action survey .*; it looks at the machine and its nodes; it is stopped \(SIGSTOP/,
  );
  expect(hanging.exitCode).toBe(null);
  makeLate(wnm);
  const { code, stderr } = await wnm.run([]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining("A run of wnm hung for 0 minutes and was killed: pid"),
  });
  expect(await hanging.exited).not.toBe(0);
  expect(disagreements(wnm)).toEqual([]);
});

test("a late run that makes progress is not ended", async () => {
  await using wnm = await aColony("--node_cap=2");
  await wnm.ok(["--force_action", "add", "--count=2"]);
  const busy = await stopped(wnm, ["--force_action", "survey", "--this_survey_delay=500"], / 601\n$/);
  makeLate(wnm);
  busy.kill("SIGCONT");
  const { code } = await wnm.run([]);
  expect(await busy.exited).toBe(0);
  expect([0, 75]).toContain(code);
});

test("a run that is stopped while it acts is not ended, and its action is reported", async () => {
  await using wnm = await aColony("--node_cap=2");
  await wnm.ok(["--force_action", "add", "--count=2"]);
  const acting = await stopped(
    wnm,
    ["--force_action", "restart", "--service_name=1,2", "--this_action_delay=4000"],
    /has been acting since .*restart antnode0001/,
  );
  expect(recordOf(wnm)).toMatch(/ -\n$/);
  const { code, stderr } = await wnm.run([]);
  expect(code).toBe(75);
  expect(stderr).toMatch(/it has been acting since 20.*Z: .*restart antnode0001.*; it is stopped/);
  expect(acting.exitCode).toBe(null);
  acting.kill("SIGCONT");
  expect(await acting.exited).toBe(0);
});

test("a hanging run that may not be ended is in the machine-readable results", async () => {
  await using wnm = await aColony("--node_cap=1");
  const run = await stopped(wnm, ["--force_action", "survey"], / 600\n$/);
  // A debugger's process.
  const debugger_ = Bun.spawn(["strace", "-qq", "-o", "/dev/null", "-p", String(run.pid)], {
    stderr: "ignore",
  });
  try {
    await until(
      () => !/TracerPid:\t0\n/.test(readFileSync(`/proc/${run.pid}/status`, "utf8")),
      "the debugger",
    );
    makeLate(wnm);
    const { code, stdout, stderr } = await wnm.run(["--force_action", "survey", "--json"]);
    expect(code).toBe(75);
    expect(stderr).toContain("it is held by a debugger");
    expect(JSON.parse(stdout)).toMatchObject({
      status: "locked",
      findings: [{ key: "run-hangs", severity: "bad" }],
    });
    expect(run.exitCode).toBe(null);
  } finally {
    debugger_.kill("SIGKILL");
    await debugger_.exited;
    run.kill("SIGKILL");
    await run.exited;
  }
});

test("the finding on a late run names what it waits for, and the cure", async () => {
  const parent = Bun.spawn(["sh", "-c", "sleep 60; true"], { stdio: ["ignore", "ignore", "ignore"] });
  try {
    const { pid } = parent;
    const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    const words = () => readFileSync(`/proc/${children()}/cmdline`, "utf8");
    await until(() => children() !== "" && words().startsWith("sleep"), "the child");
    const living = livingProcess(pid);
    if (living === undefined) throw new Error("the process has ended");
    const { pid_started, boot_id } = identityOf(living);
    const text = `pid ${pid}, started then, wnm\nlooks at the machine and its nodes\nprocess ${pid} ${pid_started} ${boot_id} 0\n`;
    const { finding } = describeHolder(holderIn(text));
    expect(finding?.sentence).toMatch(/it waits for its process \d+ \(sleep 60\)\. When it is killed, /);
    expect(finding?.cure).toContain(`kill -KILL ${pid}`);
    // Another process with that number is not mentioned.
    expect(describeHolder(holderIn(text.replace(` ${pid_started} `, ` ${pid_started - 1} `))).finding).toBe(
      undefined,
    );
  } finally {
    parent.kill("SIGKILL");
    await parent.exited;
  }
});
