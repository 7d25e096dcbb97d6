import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandRunner } from "../../../src/os/command.ts";
import { plainFiles } from "../../../src/os/files/node-files.ts";
import { livingProcess } from "../../../src/os/processes/identity.ts";
import { elevatedAccess } from "../../../src/process/setsid/access.ts";
import { setsid } from "../../../src/process/setsid/manager.ts";
import { aNode } from "../../support/builders.ts";
import { aGrace } from "../../support/grace.ts";

setDefaultTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), "wnm-signals-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The manager of setsid+sudo with a script in place of sudo. */
function managerWith(sudo: string) {
  const path = join(folder, "sudo");
  writeFileSync(path, `#!/bin/sh\n${sudo}\n`, { mode: 0o755 });
  return setsid(
    elevatedAccess({
      run: commandRunner(folder),
      is_root: false,
      asRoot: [path],
      asNode: [],
      account: { user: "nobody", home: "/nonexistent" },
      files: plainFiles,
      readers: () => undefined,
      sleep: Bun.sleep,
      grace: aGrace(),
    }),
  );
}

/** A living process that is recorded as a node's process. */
function aLivingNode() {
  const child = Bun.spawn(["setsid", "sleep", "600"], { stdio: ["ignore", "ignore", "ignore"] });
  const process = livingProcess(child.pid);
  if (process === undefined) throw new Error("sleep did not start");
  const { pid, pid_started, boot_id } = process;
  const node = aNode(1, { root_dir: join(folder, "antnode0001"), pid, pid_started, boot_id });
  return { node, child, [Symbol.dispose]: () => child.kill("SIGKILL") };
}

test("a signal that kill(1) did not send is reported at once, and the kernel is not blamed", async () => {
  using living = aLivingNode();
  const refusing = managerWith('echo "kill: invalid signal number or name" >&2; exit 1');
  const began = performance.now();
  await expect(refusing.stop(living.node)).rejects.toThrow(
    /could not be signalled to end: .*sudo kill -KILL -- .*invalid signal/,
  );
  expect(performance.now() - began).toBeLessThan(120_000);
  expect(living.child.killed).toBe(false);
});

test("a process that is gone before its signal is not a failure", async () => {
  using living = aLivingNode();
  // A bare pid: without --, some versions of kill(1) take a negative number to mean every process.
  const late = managerWith(`kill -KILL ${living.child.pid}; echo "kill: No such process" >&2; exit 1`);
  await late.stop(living.node);
  expect(await living.child.exited).not.toBe(0);
});
