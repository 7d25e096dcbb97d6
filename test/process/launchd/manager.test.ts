/** What launchd's manager does beyond the contract: domains, logins, old jobs, and a busy launchd. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandRunner, type Run } from "../../../src/os/command.ts";
import { agentAccess } from "../../../src/process/launchd/access.ts";
import { launchctl } from "../../../src/process/launchd/launchctl.ts";
import { launchd } from "../../../src/process/launchd/manager.ts";
import { parsePlist } from "../../../src/process/launchd/parse-plist.ts";
import { renderPlist } from "../../../src/process/launchd/plist-xml.ts";
import { aNode } from "../../support/builders.ts";
import { aGrace } from "../../support/grace.ts";
import { withLaunchctl } from "../../support/launchctl.ts";

setDefaultTimeout(300_000);

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** A node that only stays alive: the stand-in launchd runs any program called antnode. */
const LIVES = "#!/bin/sh\nwhile :; do sleep 1; done\n";
const ENDS = "#!/bin/sh\nexit 78\n";

function place(domains: string) {
  const home = mkdtempSync(join(tmpdir(), "wnm-launchd-"));
  const called: string[] = [];
  const real = withLaunchctl(commandRunner(home), home, domains);
  const run: Run = (argv, options) => {
    called.push(argv[1] ?? "");
    return real(argv, options);
  };
  const ctl = launchctl(run, []);
  const access = agentAccess(run, { user: "ant", home, uid: 501 }, { sleep: Bun.sleep, grace: aGrace() });
  const manager = launchd(access);
  for (const folder of ["node", "logs", "Library", "Library/LaunchAgents"]) mkdirSync(join(home, folder));
  const program = join(home, "antnode");
  writeFileSync(program, LIVES, { mode: 0o755 });
  const node = aNode(41, {
    root_dir: join(home, "node/antnode0041"),
    binary: join(home, "node/antnode0041/antnode"),
    log_dir: join(home, "logs/antnode0041"),
    ...{ pid: undefined, pid_started: undefined, boot_id: undefined },
  });
  const launch = { program, args: ["--root-dir", node.root_dir], env: { HOME: home } };
  const plist = join(home, "Library/LaunchAgents/com.autonomi.antnode-41.plist");
  const label = "com.autonomi.antnode-41";
  ends.push(async () => {
    for (const domain of domains.split(" ")) await ctl.bootout(`${domain}/${label}`);
    rmSync(home, { recursive: true, force: true });
  });
  const state = async () => (await manager.inspect([node])).get(node.id);
  return { home, ctl, manager, node, launch, plist, label, state, called };
}

test("with a desktop session the agent runs there and its plist says so", async () => {
  const { ctl, manager, node, launch, plist, label } = place("gui/501 user/501");
  await manager.create(node, launch);
  await manager.start(node, launch);
  expect(await ctl.print(`user/501/${label}`)).toBeUndefined();
  expect((await ctl.print(`gui/501/${label}`))?.state).toBe("running");
  expect(parsePlist(readFileSync(plist, "utf8"))?.LimitLoadToSessionType).toBe("Aqua");
});

test("a stop first disables the job's start at login, so that a kill in between leaves a running node", async () => {
  const { manager, node, launch, called } = place("gui/501 user/501");
  await manager.create(node, launch);
  await manager.start(node, launch);
  called.length = 0;
  await manager.stop(node);
  expect(called.indexOf("disable")).toBeGreaterThanOrEqual(0);
  expect(called.indexOf("disable")).toBeLessThan(called.indexOf("bootout"));
  await manager.start(node, launch);
  called.length = 0;
  await manager.restart?.(node, launch);
  expect(called).not.toContain("disable");
});

test("without a desktop session the agent runs in the background session", async () => {
  const { ctl, manager, node, launch, plist, label } = place("user/501");
  await manager.create(node, launch);
  await manager.start(node, launch);
  expect((await ctl.print(`user/501/${label}`))?.state).toBe("running");
  expect(parsePlist(readFileSync(plist, "utf8"))?.LimitLoadToSessionType).toBe("Background");
});

test("without any domain the start fails and says what to do", async () => {
  const { manager, node, launch } = place("system");
  await manager.create(node, launch);
  await expect(manager.start(node, launch)).rejects.toThrow(/gui\/501 or user\/501.*launchd\+sudo/);
});

test("a stopped node is not started by the next login, and starts again when asked", async () => {
  const { ctl, manager, node, launch, plist, label } = place("gui/501 user/501");
  await manager.create(node, launch);
  await manager.start(node, launch);
  await manager.stop(node);
  // At login each plist of the folder is loaded, and a disabled job is refused.
  expect(await ctl.bootstrap("gui/501", plist)).toBe(false);
  expect(await ctl.print(`gui/501/${label}`)).toBeUndefined();
  await manager.start(node, launch);
  expect((await ctl.print(`gui/501/${label}`))?.state).toBe("running");
});

test("a job that Python wnm loaded is left running, recognised and stopped", async () => {
  const { ctl, manager, node, launch, plist, label, state } = place("gui/501 user/501");
  await manager.create(node, launch);
  const { binary, root_dir } = node;
  const program = { ProgramArguments: [binary, "--root-dir", root_dir], WorkingDirectory: root_dir };
  writeFileSync(plist, renderPlist({ Label: label, ...program, RunAtLoad: true, KeepAlive: true }));
  expect(await ctl.bootstrap("gui/501", plist)).toBe(true);
  const before = readFileSync(plist, "utf8");
  const process = await manager.start(node, launch);
  expect((await ctl.print(`gui/501/${label}`))?.pid).toBe(process?.pid);
  expect(readFileSync(plist, "utf8")).toBe(before);
  expect((await state())?.state).toBe("running");
  await manager.stop(node);
  expect((await state())?.state).toBe("stopped");
});

/** What the manager reports for a node whose program has ended like this and that launchd has not yet restarted. */
async function betweenTries(program: string) {
  const { ctl, manager, node, launch, plist, label, state } = place("gui/501");
  await manager.create(node, launch);
  writeFileSync(node.binary, program, { mode: 0o755 });
  writeFileSync(
    plist,
    renderPlist({ Label: label, ProgramArguments: [node.binary], RunAtLoad: true, KeepAlive: true }),
  );
  await ctl.bootstrap("gui/501", plist);
  while ((await ctl.print(`gui/501/${label}`))?.state !== "spawn scheduled") await Bun.sleep(20);
  return state();
}

test("a node that ended well and that launchd is about to restart is neither running nor stopped", async () => {
  expect(await betweenTries("#!/bin/sh\nexit 0\n")).toEqual({
    state: "unknown",
    because: "launchd is about to start it again (exit code 0)",
  });
});

test("a failing node is down even if launchd keeps retrying, so that a bad version is rolled back", async () => {
  expect(await betweenTries(ENDS)).toEqual({ state: "stopped", because: "exit code 78: EX_CONFIG" });
});

test("a failed start reports the error that its node printed, and none from an earlier start", async () => {
  const { manager, node, launch } = place("gui/501");
  writeFileSync(launch.program, "#!/bin/sh\nprintf '\\033[31mError:\\033[0m no room\\n' >&2; exit 1\n", {
    mode: 0o755,
  });
  await manager.create(node, launch);
  await expect(manager.start(node, launch)).rejects.toThrow(/ended at once: exit code 1.*: Error: no room$/);
  writeFileSync(node.binary, ENDS);
  await expect(manager.start(node, launch)).rejects.toThrow(/ended at once: exit code 78: EX_CONFIG$/);
});

test("a failed start leaves nothing loaded and says how the node ended", async () => {
  const { ctl, manager, node, launch, label } = place("gui/501");
  writeFileSync(launch.program, ENDS, { mode: 0o755 });
  await manager.create(node, launch);
  await expect(manager.start(node, launch)).rejects.toThrow(/antnode0041 ended at once: exit code 78/);
  expect(await ctl.print(`gui/501/${label}`)).toBeUndefined();
});

test("a changed command line takes effect at the next start", async () => {
  const { manager, node, launch, plist } = place("gui/501");
  await manager.create(node, launch);
  await manager.start(node, launch);
  await manager.stop(node);
  await manager.start(node, { ...launch, args: [...launch.args, "--no-upnp"] });
  expect(parsePlist(readFileSync(plist, "utf8"))?.ProgramArguments).toContain("--no-upnp");
});

test("remove also deletes the plist, and is refused while launchd has the job", async () => {
  const { home, manager, node, launch, plist } = place("gui/501");
  const allowedFolders = { storages: [join(home, "node")], logs: join(home, "logs") };
  await manager.create(node, launch);
  await manager.start(node, launch);
  await expect(manager.remove(node, allowedFolders)).rejects.toThrow(/launchd still has it/);
  await manager.stop(node);
  await manager.remove(node, allowedFolders);
  expect(existsSync(plist)).toBe(false);
  expect(existsSync(node.root_dir)).toBe(false);
});
