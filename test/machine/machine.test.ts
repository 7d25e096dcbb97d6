import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MACHINE_ADDRESS, type Machine, machine, PEER_ADDRESS, until } from "./machine.ts";

const BUILD_MS = 600_000;
const WAIT_MS = 120_000;
const LONG_UPTIME_S = 3_456_000;

/** Echoes each UDP packet that arrives at port 55001. */
const ECHO = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 55001))
while True:
    data, sender = s.recvfrom(100)
    s.sendto(data, sender)
`;

/** Sends a packet there and fails unless it comes back. */
const PING = `
exec 3<>/dev/udp/${MACHINE_ADDRESS}/55001
echo ping >&3
[ "$(timeout 1 dd bs=100 count=1 <&3)" = ping ]
`;

setDefaultTimeout(300_000);

let m: Machine;

async function ok(argv: readonly string[], user?: string, on = m): Promise<string> {
  const result = await on.exec(argv, user === undefined ? {} : { user });
  if (result.code !== 0) throw new Error(`${argv.join(" ")}: ${result.code}: ${result.stderr}`);
  return result.stdout.trim();
}

async function runs(user: string): Promise<boolean> {
  // As root without a session: a session of the user would start the user's manager, and with it the unit.
  return (await m.exec(["pgrep", "-u", user, "-x", "sleep"])).code === 0;
}

async function answered(): Promise<boolean> {
  return (await m.peer(["bash", "-c", PING])).code === 0;
}

async function readable(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

/** Everything on the host that carries the name of a machine. */
async function traces(name: string): Promise<string[]> {
  const found: string[] = [];
  for (const line of (await readable("/proc/self/mounts")).split("\n")) {
    if (line.includes(name)) found.push(`mount ${line}`);
  }
  for await (const path of new Bun.Glob(`**/wnm-${name}-*`).scan({
    cwd: "/sys/fs/cgroup",
    onlyFiles: false,
  })) {
    found.push(`cgroup ${path}`);
  }
  for (const device of await readdir("/sys/block")) {
    const backing = await readable(`/sys/block/${device}/loop/backing_file`);
    if (backing.includes(name)) found.push(`loop ${backing}`);
  }
  for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    const text = `${await readable(`/proc/${pid}/cmdline`)}\n${await readable(`/proc/${pid}/cgroup`)}`;
    if (text.includes(`\0${name}\0`) || text.includes(`/wnm-${name}-`)) found.push(`process ${pid}`);
  }
  return found;
}

function kinds(found: readonly string[]): string[] {
  return [...new Set(found.map((trace) => trace.split(" ")[0] ?? ""))].sort();
}

beforeAll(async () => {
  m = await machine("selftest");
}, BUILD_MS);

afterAll(async () => {
  await m?.stop();
});

describe("a command", () => {
  test("keeps its argument boundaries, input, environment and exit code", async () => {
    const argv = [
      "bash",
      "-c",
      'cat; printf "<%s>" "$@" "$GREETING"; echo oh >&2; exit 7',
      "x",
      "a b",
      "",
      "c'\\$d\n",
    ];
    for (const user of [undefined, "ant", "bob"]) {
      const result = await m.exec(argv, {
        input: "in|",
        env: { GREETING: "hello there" },
        ...(user === undefined ? {} : { user }),
      });
      expect(result).toEqual({ code: 7, stdout: "in|<a b><><c'\\$d\n><hello there>", stderr: "oh\n" });
    }
  });

  test("runs in a session of its user", async () => {
    expect(await ok(["id", "-un"], "ant")).toBe("ant");
    expect(await ok(["printenv", "XDG_RUNTIME_DIR"], "ant")).toBe("/run/user/1000");
    expect(await ok(["printenv", "XDG_RUNTIME_DIR"], "bob")).toBe("/run/user/1001");
  });

  test("reports that it was killed", async () => {
    expect((await m.exec(["sh", "-c", "kill -9 $$"])).code).toBe(137);
  });

  test("ends at its deadline, inside the machine too", async () => {
    const late = m.exec(["sleep", "98765"], { user: "ant", timeout_ms: 300 });
    await expect(late).rejects.toThrow("no end within 300 ms");
    expect((await m.exec(["pgrep", "-f", "^sleep 98765"])).code).toBe(1);
  });

  test("may leave behind a daemon that holds its output", async () => {
    const result = await m.exec(["sh", "-c", "echo started; setsid sleep 50 & echo $! >/run/daemon.pid"]);
    expect(result).toEqual({ code: 0, stdout: "started\n", stderr: "" });
    await ok(["pkill", "-F", "/run/daemon.pid"]);
  });
});

describe("files", () => {
  test("are copied in and out", async () => {
    await m.writeFile("/srv/new/folder/note", "first\nsecond\n", 0o640);
    expect(await m.readFile("/srv/new/folder/note")).toBe("first\nsecond\n");
    expect(await ok(["stat", "-c", "%a %U", "/srv/new/folder/note"])).toBe("640 root");
    await m.push(join(import.meta.dir, "machine.sh"), "/srv/machine.sh", 0o700);
    expect(await m.readFile("/srv/machine.sh")).toBe(await readable(join(import.meta.dir, "machine.sh")));
    await m.push(join(import.meta.dir, "machine.sh"), "/srv/machine.sh");
    expect(await ok(["stat", "-c", "%A", "/srv/machine.sh"])).toStartWith("-rwx");
    await expect(m.readFile("/srv/none")).rejects.toThrow("No such file");
  });
});

describe("systemd", () => {
  test("is up, with nothing failed", async () => {
    expect(await ok(["cat", "/proc/1/comm"])).toBe("systemd");
    expect(await ok(["systemctl", "is-system-running"])).toBe("running");
    expect(await ok(["systemctl", "--failed", "--no-legend"])).toBe("");
    expect(await ok(["journalctl", "--boot", "--lines", "1", "--quiet"])).not.toBe("");
  });

  test("restarts a unit that was killed", async () => {
    await m.writeFile(
      "/etc/systemd/system/beat.service",
      "[Service]\nExecStart=/bin/sleep infinity\nRestart=always\nRestartSec=0\n",
    );
    await ok(["systemctl", "daemon-reload"]);
    await ok(["systemctl", "start", "beat"]);
    const main = () => ok(["systemctl", "show", "--property", "MainPID", "--value", "beat"]);
    const before = await main();
    await ok(["kill", "-9", before]);
    await until(async () => ![before, "0"].includes(await main()), "beat runs again", WAIT_MS);
    expect(await ok(["systemctl", "show", "--property", "NRestarts", "--value", "beat"])).toBe("1");
    await ok(["systemctl", "stop", "beat"]);
  });

  test("brings back a user's unit at boot only if the user lingers", async () => {
    for (const user of ["ant", "bob"]) {
      await m.writeFile(
        `/home/${user}/.config/systemd/user/beat.service`,
        "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=default.target\n",
      );
      await ok(["chown", "-R", `${user}:`, `/home/${user}/.config`]);
    }
    await ok(["sudo", "-n", "loginctl", "enable-linger", "ant"], "ant");
    for (const user of ["ant", "bob"]) {
      await ok(["systemctl", "--user", "enable", "--now", "beat"], user);
      expect(await runs(user)).toBe(true);
    }
    await m.reboot();
    await until(() => runs("ant"), "ant's unit is back", WAIT_MS);
    expect(await runs("bob")).toBe(false);
    expect(await ok(["systemctl", "--user", "is-active", "beat"], "ant")).toBe("active");
  });
});

describe("a reboot", () => {
  test("gives a new boot id, uptime and boot time, and keeps the disk", async () => {
    await using old = await machine("selftest-old", { uptime_s: LONG_UPTIME_S });
    const line = (path: string) => ok(["cat", path], undefined, old);
    const bootId = () => line("/proc/sys/kernel/random/boot_id");
    const uptime = async () => Number.parseFloat(await line("/proc/uptime"));
    const bootTime = async () => Number(/^btime (\d+)$/m.exec(await line("/proc/stat"))?.[1]);
    await old.writeFile("/var/tmp/kept", "kept");
    await old.writeFile("/run/lost", "lost");
    const firstId = await bootId();
    const firstTime = await bootTime();
    expect(await uptime()).toBeGreaterThan(LONG_UPTIME_S - 1);
    await old.reboot();
    expect(await bootId()).not.toBe(firstId);
    expect(await uptime()).toBeLessThan(LONG_UPTIME_S / 2);
    expect(await bootTime()).toBeGreaterThan(firstTime + LONG_UPTIME_S / 2);
    expect(await old.readFile("/var/tmp/kept")).toBe("kept");
    await expect(old.readFile("/run/lost")).rejects.toThrow("No such file");
  });
});

describe("cron", () => {
  test("runs an entry", async () => {
    await m.fastCron();
    await m.writeFile("/etc/cron.d/tick", "* * * * * ant date +\\%s >>/var/tmp/ticks\n");
    const ticks = await until(
      async () => {
        const lines = (await m.readFile("/var/tmp/ticks")).trim().split("\n");
        return lines.length >= 2 && lines.map(Number);
      },
      "two ticks",
      WAIT_MS,
    );
    // Its jobs see the true time.
    for (const tick of ticks) expect(Math.abs(tick - Date.now() / 1000)).toBeLessThan(WAIT_MS / 1000);
  });
});

describe("the network", () => {
  test("reaches only the peer", async () => {
    expect((await m.exec(["ping", "-c", "1", "-W", "2", PEER_ADDRESS])).code).toBe(0);
    expect(await ok(["ip", "-o", "route"])).not.toContain("default");
  });

  test("lets through what ufw allows, even after a reboot", async () => {
    await m.writeFile("/srv/echo.py", ECHO);
    await m.writeFile(
      "/etc/systemd/system/echo.service",
      "[Service]\nExecStart=/usr/bin/python3 /srv/echo.py\n[Install]\nWantedBy=multi-user.target\n",
    );
    await ok(["systemctl", "daemon-reload"]);
    await ok(["systemctl", "enable", "--now", "echo"]);
    await until(answered, "an answer without ufw", WAIT_MS);
    await ok(["ufw", "--force", "enable"]);
    expect(await answered()).toBe(false);
    await ok(["ufw", "allow", "55001/udp"]);
    expect(await answered()).toBe(true);
    await m.reboot();
    await until(answered, "an answer after the reboot", WAIT_MS);
    await ok(["ufw", "deny", "55001/udp"]);
    expect(await answered()).toBe(false);
  });
});

describe("sudo", () => {
  test("is available to ant but not to bob", async () => {
    expect(await ok(["sudo", "-n", "id", "-un"], "ant")).toBe("root");
    const refused = await m.exec(["sudo", "-n", "id", "-un"], { user: "bob" });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("password is required");
  });
});

describe("a machine", () => {
  test("cannot set the host's clock", async () => {
    const CAP_SYS_TIME = 25n;
    for (const status of ["/proc/1/status", "/proc/self/status"]) {
      const bounds = /^CapBnd:\s*([0-9a-f]+)$/m.exec(await m.readFile(status))?.[1];
      expect(bounds).toBeDefined();
      expect((BigInt(`0x${bounds}`) >> CAP_SYS_TIME) & 1n).toBe(0n);
    }
  });

  test("leaves nothing behind", async () => {
    const folder = await mkdtemp(join(tmpdir(), "wnm-machine-test-"));
    try {
      await Bun.write(join(folder, "note"), "from the host");
      await using small = await machine("selftest-small", {
        disk_mb: 64,
        binds: [{ host: folder, inside: "/mnt/host", readOnly: true }],
      });
      expect(await small.readFile("/mnt/host/note")).toBe("from the host");
      expect((await small.exec(["touch", "/mnt/host/new"])).stderr).toContain("Read-only file system");
      expect((await small.exec(["dd", "if=/dev/zero", "of=/var/tmp/big", "bs=1M"])).stderr).toContain(
        "No space left",
      );
      expect(kinds(await traces(small.name))).toEqual(["cgroup", "loop", "process"]);
      await small.stop();
      expect(await traces(small.name)).toEqual([]);
      await expect(small.exec(["true"])).rejects.toThrow("is not running");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("is removed by the next one if its owner died", async () => {
    const code = `const { machine } = await import(${JSON.stringify(join(import.meta.dir, "machine.ts"))});
      process.stdout.write((await machine("selftest-orphan")).name);
      setInterval(() => {}, 1000);`;
    const owner = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
    const orphan = `selftest-orphan-${owner.pid}`;
    const { value } = await owner.stdout.getReader().read();
    expect(new TextDecoder().decode(value)).toBe(orphan);
    owner.kill("SIGKILL");
    await owner.exited;
    expect(kinds(await traces(orphan))).toEqual(["cgroup", "process"]);
    await using _next = await machine("selftest-next");
    expect(await traces(orphan)).toEqual([]);
    expect(kinds(await traces(m.name))).toEqual(["cgroup", "process"]);
  });
});
