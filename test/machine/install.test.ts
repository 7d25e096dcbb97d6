import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { NATIVE, TEST_PORT, testRelease } from "../release/release.ts";
import { ROOMY } from "../support/wnm.ts";
import { type Machine, machine, type Result, until } from "./machine.ts";

setDefaultTimeout(120_000);

const NEWER = "99.0.0";
const ONE_LINE = `curl -fsSL http://127.0.0.1:${TEST_PORT}/install.sh | sh`;
const OTHERS = "# my own\n1 2 3 4 5 true\n";

let m: Machine;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wnm-install-machine-"));
  const antnode = await buildAntnode(join(folder, "antnode"));
  m = await machine("install", {
    binds: [
      { host: process.execPath, inside: "/opt/bun", readOnly: true },
      { host: join(import.meta.dirname, "../release"), inside: "/opt/server", readOnly: true },
      { host: await testRelease("1.0.0"), inside: "/opt/1.0.0", readOnly: true },
      { host: await testRelease(NEWER, [NATIVE]), inside: "/opt/newer", readOnly: true },
      { host: antnode, inside: "/opt/antnode", readOnly: true },
    ],
  });
  const server = ["/opt/bun", "/opt/server/server.ts", String(TEST_PORT), "1.0.0", "1.0.0=/opt/1.0.0"];
  await ok(["systemd-run", "--unit=releases", ...server, `${NEWER}=/opt/newer`]);
  await until(
    async () =>
      (await m.exec(["curl", "-fsSo", "/dev/null", `http://127.0.0.1:${TEST_PORT}/install.sh`])).code === 0,
    "a server inside",
    30_000,
  );
  await m.fastCron();
}, 420_000);

afterAll(async () => {
  await m?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A command line in a login session of the user, or as root. */
const sh = (user: string | undefined, command: string): Promise<Result> =>
  m.exec(["sh", "-c", command], { timeout_ms: 60_000, ...(user === undefined ? {} : { user }) });

async function ok(argv: readonly string[], user?: string): Promise<string> {
  const result = await m.exec(argv, user === undefined ? {} : { user });
  if (result.code !== 0) throw new Error(`${argv.join(" ")}: ${result.code}: ${result.stderr}`);
  return result.stdout;
}

const crontab = async (user: string): Promise<string> => (await m.exec(["crontab", "-l", "-u", user])).stdout;

/** Nothing of wnm is anywhere. */
beforeEach(async () => {
  for (const user of ["ant", "bob"]) {
    await sh(undefined, `umount -q /home/${user}/.local; rm -rf /home/${user}/.local; crontab -r -u ${user}`);
  }
  await sh(
    undefined,
    "rm -rf /usr/local/bin/wnm* /var/log/wnm /usr/local/bin/.wnm*; crontab -r; systemctl start cron",
  );
});

describe("as a user", () => {
  test("one line installs wnm, cron runs it, nodes live through an upgrade and an uninstall", async () => {
    await m.exec(["crontab", "-u", "ant", "-"], { input: OTHERS });
    const installed = await sh("ant", ONE_LINE);
    expect(installed.stderr).toBe("");
    expect(installed.code).toBe(0);
    expect(installed.stdout).toContain("wnm 1.0.0 is installed: /home/ant/.local/bin/wnm");
    expect(installed.stdout).toContain("Once, as root: loginctl enable-linger ant");
    expect(installed.stdout).toContain("antnode is not at /home/ant/.local/bin/antnode yet");
    expect(installed.stdout).toContain("--init --rewards_address");
    expect((await crontab("ant")).startsWith(OTHERS)).toBe(true);

    await ok(["cp", "/opt/antnode", "/home/ant/.local/bin/antnode"], "ant");
    const limits = [...ROOMY, "--node_cap=1", "--process_manager=setsid+user"];
    await ok(
      [
        ...["/home/ant/.local/bin/wnm", "--init", "--no_upnp", ...limits],
        ...["--rewards_address", "0x00455d78f850b0358e8cea5be24d415e01e107cf"],
      ],
      "ant",
    );
    const pid = await until(
      async () =>
        (await m.exec(["pgrep", "-u", "ant", "-f", "^[^ ]*antnode0001/antnode"])).stdout.trim() || undefined,
      "a node that cron's run started",
      60_000,
    );
    await until(
      async () => (await m.readFile("/home/ant/.local/share/wnm/cron.log")).includes("Action:"),
      "the end of that run in the log",
      30_000,
    );

    const upgraded = await sh("ant", `${ONE_LINE} -s -- --version ${NEWER}`);
    expect([upgraded.code, upgraded.stderr]).toEqual([0, ""]);
    expect(await ok(["/home/ant/.local/bin/wnm", "--version"], "ant")).toBe(`wnm version ${NEWER}\n`);
    expect((await crontab("ant")).match(/put here by/g)).toHaveLength(1);

    const removed = await sh("ant", `${ONE_LINE} -s -- --uninstall`);
    expect(removed.code).toBe(0);
    expect(removed.stdout).toContain(
      "The colony stays, and its nodes go on: /home/ant/.local/share/autonomi",
    );
    expect(await crontab("ant")).toBe(OTHERS);
    expect((await m.exec(["pgrep", "-u", "ant", "-f", "^[^ ]*antnode0001/antnode"])).stdout.trim()).toBe(pid);
    expect((await m.exec(["ls", "/home/ant/.local/bin"])).stdout).toBe("antnode\n");
    await m.exec(["kill", pid]);
  });

  test("--system puts it into /usr/local/bin with sudo, and cron runs it as the user", async () => {
    const installed = await sh("ant", `${ONE_LINE} -s -- --system`);
    expect([installed.code, installed.stderr]).toEqual([0, ""]);
    expect(await ok(["stat", "-c", "%U %a", "/usr/local/bin/wnm"])).toBe("root 755\n");
    await until(
      async () =>
        (await m.readFile("/home/ant/.local/share/wnm/cron.log")).includes("No database found at /home/ant"),
      "a run by cron",
      30_000,
    );
    expect((await sh("ant", `${ONE_LINE} -s -- --system --uninstall`)).code).toBe(0);
    expect((await m.exec(["ls", "-A", "/usr/local/bin"])).stdout).toBe("");
  });

  test("--system without the right to sudo changes nothing", async () => {
    const ended = await sh("bob", `${ONE_LINE} -s -- --system`);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("Nothing was changed")]);
    expect((await m.exec(["ls", "-A", "/usr/local/bin"])).stdout).toBe("");
    expect(await crontab("bob")).toBe("");
  });

  test("cron that does not run is told, with the command that starts it", async () => {
    await ok(["systemctl", "stop", "cron"]);
    const ended = await sh("bob", ONE_LINE);
    expect([ended.code, ended.stderr]).toEqual([
      3,
      expect.stringContaining("as root: systemctl enable --now cron"),
    ]);
    expect(await ok(["/home/bob/.local/bin/wnm", "--version"], "bob")).toBe("wnm version 1.0.0\n");
  });

  test("a user whom cron does not allow is told; the program is there", async () => {
    await m.writeFile("/etc/cron.deny", "bob\n");
    const ended = await sh("bob", ONE_LINE);
    await ok(["rm", "/etc/cron.deny"]);
    expect([ended.code, ended.stderr]).toEqual([3, expect.stringContaining("not allowed")]);
  });

  test("a session without HOME installs to the home folder of the account", async () => {
    const ended = await sh("bob", `unset HOME; ${ONE_LINE}`);
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(await ok(["/home/bob/.local/bin/wnm", "--version"], "bob")).toBe("wnm version 1.0.0\n");
  });
});

describe("a full or strange disk", () => {
  const onDisk = async (options: string): Promise<Result> => {
    await ok(["install", "-d", "-o", "bob", "/home/bob/.local"]);
    await ok(["mount", "-t", "tmpfs", "-o", `uid=1001,${options}`, "tmpfs", "/home/bob/.local"]);
    return sh("bob", ONE_LINE);
  };

  test.each([
    ["while it downloads", 20],
    ["while it unpacks", 90],
  ])("full %s: nothing is changed", async (_when, mb) => {
    const ended = await onDisk(`size=${mb}m`);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringMatching(/KiB free, and \d+ are needed/)]);
    expect((await m.exec(["find", "/home/bob/.local", "-mindepth", "1"])).stdout).toBe("");
    expect(await crontab("bob")).toBe("");
  });

  test("full, with an old wnm: that stays and works", async () => {
    await onDisk("size=180m");
    const again = await sh("bob", ONE_LINE);
    expect(again.code).toBe(1);
    expect(await ok(["/home/bob/.local/bin/wnm", "--version"], "bob")).toBe("wnm version 1.0.0\n");
    expect((await m.exec(["ls", "-A", "/home/bob/.local/bin"])).stdout).toBe("wnm\n");
  });

  test("where programs may not run: nothing is changed", async () => {
    const ended = await onDisk("noexec");
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("mounted noexec")]);
    expect((await m.exec(["find", "/home/bob/.local", "-mindepth", "1"])).stdout).toBe("");
  });
});

describe("as root", () => {
  test("one line installs to /usr/local/bin, root's cron runs it, uninstalling leaves nothing", async () => {
    const installed = await sh(undefined, `cd /; export HOME=/root; ${ONE_LINE}`);
    expect([installed.code, installed.stderr]).toEqual([0, ""]);
    expect(installed.stdout).toContain("wnm 1.0.0 is installed: /usr/local/bin/wnm");
    await until(
      async () =>
        (await m.readFile("/var/log/wnm/cron.log")).includes("No database found at /var/antctl/colony.db"),
      "a run by cron",
      30_000,
    );
    expect((await sh(undefined, `export HOME=/root; ${ONE_LINE} -s -- --uninstall`)).code).toBe(0);
    expect((await m.exec(["ls", "-A", "/usr/local/bin"])).stdout).toBe("");
    expect((await m.exec(["crontab", "-l"])).code).toBe(1);
  });

  test("the home folder of somebody else is refused", async () => {
    const ended = await sh(undefined, `export HOME=/home/ant; ${ONE_LINE}`);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("does not belong to root")]);
    expect((await m.exec(["ls", "-A", "/usr/local/bin"])).stdout).toBe("");
  });
});
