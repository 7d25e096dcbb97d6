import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { asRunHere, documented } from "../readme/commands.ts";
import { NATIVE, TEST_PORT, TEST_RELEASES, testRelease } from "../release/release.ts";
import { ROOMY } from "../support/wnm.ts";
import { type Machine, machine, type Result, until } from "./machine.ts";

setDefaultTimeout(300_000);

const NEWER = "99.0.0";
const ONE_LINE = asRunHere(documented("curl -fsSL RELEASES/latest/download/install.sh | sh"), TEST_RELEASES);
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
    120_000,
  );
  await m.fastCron();
}, 420_000);

afterAll(async () => {
  await m?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A command line in a login session of the user, or as root. */
const sh = (user: string | undefined, command: string): Promise<Result> =>
  m.exec(["sh", "-c", command], { timeout_ms: 240_000, ...(user === undefined ? {} : { user }) });

async function ok(argv: readonly string[], user?: string): Promise<string> {
  const result = await m.exec(argv, user === undefined ? {} : { user });
  if (result.code !== 0) throw new Error(`${argv.join(" ")}: ${result.code}: ${result.stderr}`);
  return result.stdout;
}

const crontab = async (user: string): Promise<string> => (await m.exec(["crontab", "-l", "-u", user])).stdout;

const pidOfNode = async (): Promise<string> =>
  (await m.exec(["pgrep", "-u", "ant", "-f", "^[^ ]*antnode0001/antnode"])).stdout.trim();

/** The pid of the node that cron's runs start, once one of them has logged an action or a wait. */
async function firstNode(log: string, add: () => Promise<Result>): Promise<string> {
  await until(async () => (await m.readFile(log)).includes("Z INFO "), "a line of a run in the log", 120_000);
  const started = async (): Promise<string | undefined> => {
    const pid = await pidOfNode();
    // On a host that is completely busy they start none on their own.
    if (pid === "") await add();
    return pid || undefined;
  };
  return until(started, "a node", 120_000);
}

/** No file or process of wnm is left anywhere. */
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
  test("one line installs wnm, cron runs it, and nodes survive an upgrade and an uninstall", async () => {
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
    const pid = await firstNode("/home/ant/.local/share/wnm/cron.log", () =>
      m.exec(["/home/ant/.local/bin/wnm", "--force_action", "add"], { user: "ant" }),
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
    expect(await pidOfNode()).toBe(pid);
    expect((await m.exec(["ls", "/home/ant/.local/bin"])).stdout).toBe("antnode\n");
    await m.exec(["kill", pid]);
  });

  test("--system installs to /usr/local/bin with sudo, and cron runs it as the user", async () => {
    const installed = await sh("ant", `${ONE_LINE} -s -- --system`);
    expect([installed.code, installed.stderr]).toEqual([0, ""]);
    expect(await ok(["stat", "-c", "%U %a", "/usr/local/bin/wnm"])).toBe("root 755\n");
    await until(
      async () =>
        (await m.readFile("/home/ant/.local/share/wnm/cron.log")).includes("No database found at /home/ant"),
      "a run by cron",
      120_000,
    );
    expect((await sh("ant", `${ONE_LINE} -s -- --system --uninstall`)).code).toBe(0);
    expect((await m.exec(["ls", "-A", "/usr/local/bin"])).stdout).toBe("");
  });

  test("--system without sudo rights changes nothing", async () => {
    const ended = await sh("bob", `${ONE_LINE} -s -- --system`);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("Nothing was changed")]);
    expect((await m.exec(["ls", "-A", "/usr/local/bin"])).stdout).toBe("");
    expect(await crontab("bob")).toBe("");
  });

  test("a cron that is not running is reported, with the command that starts it", async () => {
    await ok(["systemctl", "stop", "cron"]);
    const ended = await sh("bob", ONE_LINE);
    expect([ended.code, ended.stderr]).toEqual([
      3,
      expect.stringContaining("as root: systemctl enable --now cron"),
    ]);
    expect(await ok(["/home/bob/.local/bin/wnm", "--version"], "bob")).toBe("wnm version 1.0.0\n");
  });

  test("a user whom cron does not allow gets a warning, and the program is installed", async () => {
    await m.writeFile("/etc/cron.deny", "bob\n");
    const ended = await sh("bob", ONE_LINE);
    await ok(["rm", "/etc/cron.deny"]);
    expect([ended.code, ended.stderr]).toEqual([3, expect.stringContaining("not allowed")]);
  });

  test("a session without HOME installs to the account's home folder", async () => {
    const ended = await sh("bob", `unset HOME; ${ONE_LINE}`);
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(await ok(["/home/bob/.local/bin/wnm", "--version"], "bob")).toBe("wnm version 1.0.0\n");
  });
});

describe("a systemd timer in place of cron", () => {
  const UNITS = "/home/ant/.config/systemd/user";
  const WNM = "/home/ant/.local/bin/wnm";
  const TIMER = `${ONE_LINE} -s -- --timer`;
  const left = async (): Promise<string> =>
    (await m.exec(["sh", "-c", `find ${UNITS} -name 'wnm.*'; crontab -l -u ant 2>/dev/null`])).stdout;

  beforeEach(async () => {
    await ok(["loginctl", "enable-linger", "ant"]);
    await sh("ant", `rm -rf ${UNITS}/tell-me.service ~/told`);
  });

  test("is installed by one option: the journal has the output of runs, a unit of yours starts when one fails, and a node outlives its run", async () => {
    await m.exec(["crontab", "-u", "ant", "-"], { input: `${OTHERS}0 8 * * * ${WNM} --report health\n` });
    await sh("ant", `mkdir -p ${UNITS}`);
    const told = "[Service]\nType=oneshot\nExecStart=/usr/bin/touch /home/ant/told\n";
    await m.writeFile(`${UNITS}/tell-me.service`, told);
    const installed = await sh("ant", `${TIMER} --on-failure tell-me.service`);
    expect([installed.code, installed.stderr]).toEqual([0, ""]);
    expect(installed.stdout).toContain(
      "A timer of systemd runs it every minute; log: journalctl --user -u wnm",
    );
    expect(await ok(["systemctl", "--user", "is-active", "wnm.timer"], "ant")).toBe("active\n");
    expect(
      (await m.exec(["systemd-analyze", "--user", "verify", `${UNITS}/wnm.service`], { user: "ant" })).stderr,
    ).toBe("");
    expect((await m.exec(["systemctl", "--user", "start", "wnm.service"], { user: "ant" })).code).not.toBe(0);
    const journal = async () => (await m.exec(["journalctl", "-o", "cat", "_UID=1000"])).stdout;
    await until(
      async () => (await journal()).includes("No database found at /home/ant"),
      "the journal",
      20_000,
    );
    await until(
      async () => (await m.exec(["test", "-e", "/home/ant/told"])).code === 0,
      "OnFailure",
      120_000,
    );

    await ok(["cp", "/opt/antnode", "/home/ant/.local/bin/antnode"], "ant");
    const limits = [...ROOMY, "--node_cap=1", "--process_manager=setsid+user", "--no_upnp"];
    const made = await ok([WNM, "--init", "--rewards_address=donate", ...limits], "ant");
    expect(made).not.toContain("Nothing starts wnm");
    await until(
      async () => {
        await m.exec(["systemctl", "--user", "start", "wnm.service"], { user: "ant" });
        return (await pidOfNode()) !== "";
      },
      "a node",
      60_000,
    );
    const pid = await pidOfNode();
    const doctor = await m.exec([WNM, "--report", "doctor"], { user: "ant" });
    expect(doctor.stdout).toContain(`started by ${UNITS}/wnm.timer`);

    // The same line again keeps the timer; releasing the colony removes it, and the node survives.
    await sh("ant", ONE_LINE);
    expect(await ok(["grep", "OnFailure", `${UNITS}/wnm.service`])).toBe("OnFailure=tell-me.service\n");
    expect(await left()).not.toContain("put here by");
    let released = "";
    await until(
      async () => {
        const ended = await m.exec([WNM, "--release"], { user: "ant" });
        released = ended.stdout;
        return ended.code === 0;
      },
      "the lock, which a run may have",
      120_000,
    );
    expect(released).toContain(`${UNITS}/wnm.timer`);
    expect(await left()).toBe(`${OTHERS}0 8 * * * ${WNM} --report health\n`);
    expect((await m.exec(["systemctl", "--user", "is-active", "wnm.timer"], { user: "ant" })).code).not.toBe(
      0,
    );
    expect(await pidOfNode()).toBe(pid);
    await m.exec(["kill", pid]);
  });

  test("is replaced by --cron and replaces it with --timer, and --uninstall removes either", async () => {
    for (const [option, has] of [
      ["--timer", "wnm.timer"],
      ["--cron", "put here by"],
      ["--timer", "wnm.timer"],
    ] as const) {
      expect((await sh("ant", `${ONE_LINE} -s -- ${option}`)).code).toBe(0);
      const found = await left();
      expect([found.includes("wnm.timer"), found.includes("put here by")]).toEqual([
        has === "wnm.timer",
        has !== "wnm.timer",
      ]);
    }
    expect((await sh("ant", `${ONE_LINE} -s -- --uninstall`)).code).toBe(0);
    expect(await left()).toBe("");
    expect((await m.exec(["ls", "/home/ant/.local/share/wnm"])).stdout).not.toContain("every-minute");
  });

  test("belongs to the system when installed as root", async () => {
    const installed = await sh(undefined, `export HOME=/root; ${TIMER}`);
    expect([installed.code, installed.stderr]).toEqual([0, ""]);
    await m.exec(["systemctl", "start", "wnm.service"]);
    await until(
      async () =>
        (await m.exec(["journalctl", "-o", "cat", "-u", "wnm"])).stdout.includes(
          "No database found at /var/antctl/colony.db",
        ),
      "the journal",
      20_000,
    );
    expect((await sh(undefined, `export HOME=/root; ${ONE_LINE} -s -- --uninstall`)).code).toBe(0);
    expect((await m.exec(["systemctl", "cat", "wnm.timer"])).code).not.toBe(0);
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
  ])("nothing is changed on a full %s", async (_when, mb) => {
    const ended = await onDisk(`size=${mb}m`);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringMatching(/KiB free, and \d+ are needed/)]);
    expect((await m.exec(["find", "/home/bob/.local", "-mindepth", "1"])).stdout).toBe("");
    expect(await crontab("bob")).toBe("");
  });

  test("a full disk leaves an old wnm in place and working", async () => {
    await onDisk("size=180m");
    const again = await sh("bob", ONE_LINE);
    expect(again.code).toBe(1);
    expect(await ok(["/home/bob/.local/bin/wnm", "--version"], "bob")).toBe("wnm version 1.0.0\n");
    expect((await m.exec(["ls", "-A", "/home/bob/.local/bin"])).stdout).toBe("wnm\n");
  });

  test("nothing is changed where programs may not run", async () => {
    const ended = await onDisk("noexec");
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("mounted noexec")]);
    expect((await m.exec(["find", "/home/bob/.local", "-mindepth", "1"])).stdout).toBe("");
  });
});

describe("as root", () => {
  test("one line installs to /usr/local/bin, root's cron runs it, and uninstalling leaves nothing", async () => {
    const installed = await sh(undefined, `cd /; export HOME=/root; ${ONE_LINE}`);
    expect([installed.code, installed.stderr]).toEqual([0, ""]);
    expect(installed.stdout).toContain("wnm 1.0.0 is installed: /usr/local/bin/wnm");
    await until(
      async () =>
        (await m.readFile("/var/log/wnm/cron.log")).includes("No database found at /var/antctl/colony.db"),
      "a run by cron",
      120_000,
    );
    expect((await sh(undefined, `export HOME=/root; ${ONE_LINE} -s -- --uninstall`)).code).toBe(0);
    expect((await m.exec(["ls", "-A", "/usr/local/bin"])).stdout).toBe("");
    expect((await m.exec(["crontab", "-l"])).code).toBe(1);
  });

  test("another account's home folder is refused", async () => {
    const ended = await sh(undefined, `export HOME=/home/ant; ${ONE_LINE}`);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("does not belong to root")]);
    expect((await m.exec(["ls", "-A", "/usr/local/bin"])).stdout).toBe("");
  });
});

describe("the README's commands that change a machine", () => {
  const BIN = "/home/ant/.local/bin";
  const PATH = `PATH=${BIN}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  /** ant's shell, with what a user types first: her own PATH, settings for a busy machine, and an editor. */
  const type = (command: string, editor = "/bin/true"): Promise<Result> => {
    const settings = [...ROOMY, "--node_cap=1", "--no_upnp=true"].map((option) => {
      const [name = "", value = ""] = option.replace(/^--/, "").split("=");
      return `WNM_${name.toUpperCase()}=${value}`;
    });
    const set = [PATH, ...settings, `EDITOR=${editor}`, `SYSTEMD_EDITOR=${editor}`].join(" ");
    return sh("ant", `cd ~ && export ${set} && ${asRunHere(command, TEST_RELEASES)}`);
  };
  const well = async (command: string, editor?: string): Promise<string> => {
    const { code, stdout, stderr } = await type(command, editor);
    if (code !== 0) throw new Error(`${command}: ${code}: ${stdout}${stderr}`);
    return stdout;
  };
  /** systemctl edit requires a terminal. */
  const onTerminal = (command: string, editor: string): Promise<string> =>
    well(`script -qec '${command}' /dev/null`, editor);
  const anEditor = async (name: string, script: string): Promise<string> => {
    // crontab treats a file as unchanged if it was written within the second in which it was created.
    const text = `#!/bin/sh\nfor file; do :; done\n${script}\ntouch -d "10 seconds" "$file"\n`;
    await m.writeFile(`/opt/${name}`, text, 0o755);
    return `/opt/${name}`;
  };
  const DROP_IN = "[Service]\nEnvironment=MINE=1\n";

  test("work from the first line to the last", async () => {
    const installer = documented("curl -fsSL RELEASES/latest/download/install.sh | sh -s -- --dry-run");
    expect(await well(installer)).toContain("Nothing was changed.");
    const help = documented("curl -fsSL RELEASES/latest/download/install.sh | sh -s -- --help");
    expect(await well(help)).toContain("--cron-only");
    expect((await m.exec(["ls", BIN])).code).not.toBe(0);
    await well(`${ONE_LINE} -s -- --no-cron`);
    await ok(["cp", "/opt/antnode", `${BIN}/antnode`], "ant");

    await well(documented("wnm --print_sudoers --process_manager systemd+sudo >wnm.sudoers"));
    const checked = await well(
      documented("sudo visudo -c -f wnm.sudoers && sudo install -m 0440 wnm.sudoers /etc/sudoers.d/wnm"),
    );
    expect(checked).toContain("parsed OK");
    expect(await ok(["stat", "-c", "%U %a", "/etc/sudoers.d/wnm"])).toBe("root 440\n");

    await well(documented("sudo loginctl enable-linger $USER"));
    expect(await ok(["loginctl", "show-user", "ant", "-p", "Linger"])).toBe("Linger=yes\n");
    await well("wnm --init --rewards_address 0xYOUR_ADDRESS");

    const line = documented("* * * * * $HOME/.local/bin/wnm >> $HOME/wnm.log 2>&1");
    await m.writeFile("/opt/line", `${line}\n`);
    await well(documented("crontab -e"), await anEditor("append", 'cat /opt/line >>"$file"'));
    expect(await crontab("ant")).toContain(line);
    const pid = await firstNode("/home/ant/wnm.log", () => type("wnm --force_action add"));

    const edit = await anEditor("edit", `printf '${DROP_IN.replaceAll("\n", "\\n")}' >"$file"`);
    await onTerminal(documented("systemctl --user edit antnode0001"), edit);
    expect(await ok(["systemctl", "--user", "cat", "antnode0001"], "ant")).toContain("Environment=MINE=1");
    await m.writeFile("/etc/systemd/system/antnode0001.service", "[Service]\nExecStart=/bin/true\n");
    await ok(["systemctl", "daemon-reload"]);
    await onTerminal(
      `${documented("sudo systemctl edit antnode0001")}`.replace("sudo", `sudo SYSTEMD_EDITOR=${edit}`),
      edit,
    );
    expect(await ok(["systemctl", "cat", "antnode0001"])).toContain("Environment=MINE=1");

    await ok(["install", "-d", "-o", "ant", "/var/lib/node_exporter"]);
    await well(documented("wnm --report prometheus --output /var/lib/node_exporter/wnm.prom"));
    expect(await m.readFile("/var/lib/node_exporter/wnm.prom")).toMatch(/^wnm_/m);
    await ok(["install", "-d", "-o", "ant", "/var/lib/prometheus/node-exporter"]);
    await well(documented("wnm --prometheus_path /var/lib/prometheus/node-exporter/wnm.prom"));
    expect(await ok(["cat", "/var/lib/prometheus/node-exporter/wnm.prom"], "bob")).toMatch(/^wnm_/m);

    expect(await well(documented("wnm --self_upgrade"))).toContain("wnm 1.0.0 is the latest release");
    await well(`${ONE_LINE} -s -- --no-cron --version ${NEWER}`);
    expect(await well("wnm --version")).toBe(`wnm version ${NEWER}\n`);
    await well(documented("mv ~/.local/bin/wnm.previous ~/.local/bin/wnm"));
    expect(await well("wnm --version")).toBe("wnm version 1.0.0\n");

    await well("crontab -e", await anEditor("comment", 'sed -i "/wnm/s/^/# /" "$file"'));
    expect(await crontab("ant")).toContain(`# ${line}`);
    await well("crontab -e", await anEditor("uncomment", 'sed -i "/wnm/s/^# //" "$file"'));
    let released = "";
    await until(
      async () => {
        const ended = await type(documented("wnm --release"));
        released = ended.stdout;
        return ended.code === 0;
      },
      "the lock, which a run by cron may have",
      120_000,
    );
    expect(released).toContain("No node was touched.");
    expect(await crontab("ant")).not.toContain("wnm");
    const gone = await well(
      documented("curl -fsSL RELEASES/latest/download/install.sh | sh -s -- --uninstall"),
    );
    expect(gone).toContain("The colony stays, and its nodes go on: /home/ant/.local/share/autonomi");
    expect(await pidOfNode()).toBe(pid);
    await ok(["systemctl", "--user", "stop", "antnode0001"], "ant");
  });
});
