import { expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const source = (path: string): string => JSON.stringify(resolve(import.meta.dir, "../../src", path));
const SCRIPT = `import { asRoot, whoHolds } from ${source("os/advice.ts")};
import { makingAccount } from ${source("process/contract/accounts.ts")};
import { joiningIt } from ${source("process/docker/engine.ts")};
import { startingEveryMinute } from ${source("commands/doctor/ask-schedule.ts")};
const account = makingAccount()?.[0] ?? "by hand";
for (const line of [asRoot("chown you /srv"), whoHolds(4711), account, "group" + joiningIt(), startingEveryMinute("wnm")])
  console.log(line);`;

const root = process.getuid?.() === 0 ? [] : ["sudo", "-n"];

/** What is advised on a machine with these programs alone, in a mount namespace of its own. */
async function advised(programs: readonly string[], uid: number): Promise<readonly string[]> {
  const box = mkdtempSync(join(tmpdir(), "wnm-advice-"));
  try {
    mkdirSync(join(box, "bin"));
    for (const name of programs) writeFileSync(join(box, "bin", name), "", { mode: 0o755 });
    writeFileSync(join(box, "say.ts"), SCRIPT);
    cpSync(process.execPath, join(box, "bun"));
    const folders = "/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin";
    const setpriv = `setpriv --reuid ${uid} --regid ${uid} --clear-groups`;
    // The shell and setpriv are open before their folders are covered; bun is started by setpriv.
    const script = `cp "$(command -v setpriv)" ${box}/setpriv; chmod -R a+rX ${box}
for folder in ${folders}; do [ -d "$folder" ] && [ ! -L "$folder" ] && set -- "$@" "$folder"; done
cp "$(command -v mount)" ${box}/mount
for folder in "$@"; do ${box}/mount --bind ${box}/bin "$folder"; done
exec ${box}/${setpriv} ${box}/bun ${box}/say.ts`;
    const child = Bun.spawn([...root, "unshare", "-m", "--propagation", "private", "sh", "-c", script], {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: box },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
    return out.trim().split("\n");
  } finally {
    rmSync(box, { recursive: true, force: true });
  }
}

test.each([
  [
    ["sudo", "ss", "useradd", "usermod", "crontab"],
    1000,
    [
      "sudo chown you /srv",
      "sudo ss -lntup | grep ':4711 '",
      "useradd",
      "group with: sudo usermod -aG docker USER",
      "(crontab -l 2>/dev/null; echo '* * * * * wnm') | crontab -",
    ],
  ],
  [
    ["doas", "netstat", "adduser", "addgroup", "crontab"],
    1000,
    [
      "doas chown you /srv",
      "doas netstat -lntup | grep ':4711 '",
      "adduser",
      "group with: doas addgroup USER docker",
      "(crontab -l 2>/dev/null; echo '* * * * * wnm') | crontab -",
    ],
  ],
  [
    ["su"],
    1000,
    [
      "su -c 'chown you /srv'",
      "grep -i ':1267 ' /proc/net/udp /proc/net/udp6 /proc/net/tcp",
      "by hand",
      "group",
      "no cron is installed; have what starts programs here run this every minute: wnm",
    ],
  ],
  [[], 1000, ["chown you /srv"]],
  [["netstat"], 0, ["chown you /srv", "netstat -lntup | grep ':4711 '"]],
] as const)(
  "only programs that are there are advised: %p for account %d",
  async (programs, uid, advice) => {
    expect((await advised(programs, uid)).slice(0, advice.length)).toEqual([...advice]);
  },
  60_000,
);
