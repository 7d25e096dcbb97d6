import { expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const source = (path: string): string => JSON.stringify(resolve(import.meta.dir, "../../src", path));
const SCRIPT = `import { asAccount, asRoot, asRootScript, portHolderCommand } from ${source("os/advice.ts")};
import { makingAccount } from ${source("process/contract/accounts.ts")};
import { addToGroupHint } from ${source("process/docker/engine.ts")};
import { startingEveryMinute } from ${source("commands/doctor/ask-schedule.ts")};
const account = makingAccount()?.[0] ?? "by hand";
for (const line of [asRoot("chown you /srv"), portHolderCommand(4711), account, "group" + addToGroupHint(), startingEveryMinute("wnm"), asRootScript("echo $(id -u) $(sysctl -n kernel.ostype)"), asAccount("ant", "wnm --release")])
  console.log(line);`;

const root = process.getuid?.() === 0 ? [] : ["sudo", "-n"];

/** The advice on a machine with only these programs, in its own mount namespace. */
async function advised(programs: readonly string[], uid: number): Promise<readonly string[]> {
  const box = mkdtempSync(join(tmpdir(), "wnm-advice-"));
  try {
    mkdirSync(join(box, "bin"));
    for (const name of programs) writeFileSync(join(box, "bin", name), "", { mode: 0o755 });
    writeFileSync(join(box, "say.ts"), SCRIPT);
    cpSync(process.execPath, join(box, "bun"));
    const folders = "/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin";
    const setpriv = `setpriv --reuid ${uid} --regid ${uid} --clear-groups`;
    // The shell and setpriv are open before their folders are covered; setpriv starts bun.
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
      "(crontab -l 2>/dev/null; printf '%s\\n' '* * * * * wnm') | crontab -",
      "sudo sh -c 'echo $(id -u) $(sysctl -n kernel.ostype)'",
      "sudo -H -u ant wnm --release",
    ],
  ],
  [
    ["doas", "netstat", "adduser", "addgroup", "crontab"],
    1000,
    [
      "doas chown you /srv",
      // Every folder is the same one here; doas does not search /usr/sbin for every account.
      "doas /usr/local/sbin/netstat -lntup | grep ':4711 '",
      "adduser",
      "group with: doas /usr/local/sbin/addgroup USER docker",
      "(crontab -l 2>/dev/null; printf '%s\\n' '* * * * * wnm') | crontab -",
      "doas sh -c 'echo $(id -u) $(sysctl -n kernel.ostype)'",
      "doas su ant -c 'wnm --release'",
    ],
  ],
  [
    ["su"],
    1000,
    [
      "su -l -c 'chown you /srv'",
      "grep -i ':1267 ' /proc/net/udp /proc/net/udp6 /proc/net/tcp",
      "by hand",
      "group",
      "no cron is installed; have what starts programs here run this every minute: wnm",
      "su -l -c 'echo $(id -u) $(sysctl -n kernel.ostype)'",
      "su -l -c 'su ant -c '\\''wnm --release'\\'''",
    ],
  ],
  [[], 1000, ["chown you /srv"]],
  [["netstat"], 0, ["chown you /srv", "netstat -lntup | grep ':4711 '"]],
] as const)(
  "only installed programs are suggested: %p for account %d",
  async (programs, uid, advice) => {
    expect((await advised(programs, uid)).slice(0, advice.length)).toEqual([...advice]);
  },
  60_000,
);

test("a line for su finds root's programs and takes nothing from the pipe, as the real su requires", async () => {
  const box = mkdtempSync(join(tmpdir(), "wnm-su-"));
  try {
    const line = (await advised(["su"], 1000)).at(-2);
    expect(line).toStartWith("su -l -c ");
    // su asks nobody for a password here.
    const script = `mkdir ${box}/etc && cp -a /etc/. ${box}/etc/ && mount --bind ${box}/etc /etc
printf '%s sufficient pam_permit.so\\n' auth account session >/etc/pam.d/su && cp /etc/pam.d/su /etc/pam.d/su-l
exec setpriv --reuid 1000 --regid 1000 --clear-groups sh -c "$LINE" </dev/null`;
    const child = Bun.spawn([...root, "unshare", "-m", "--propagation", "private", "sh", "-c", script], {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: box, LINE: line ?? "" },
      stdout: "pipe",
      stderr: "pipe",
    });
    expect((await child.stdout.text()).trim()).toBe("0 Linux");
  } finally {
    rmSync(box, { recursive: true, force: true });
  }
}, 60_000);
