import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { aColony, type Ended, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

/** As strict as cron's own; keeps the table in HOME. */
const CRONTAB = `#!/bin/sh
kept=$HOME/.crontab
case $1 in
  -l) [ -e "$kept" ] || { echo "no crontab for root" >&2; exit 1; }; cat "$kept" ;;
  -r) rm "$kept" ;;
  -) cat >"$kept.new"
    [ -z "$(tail -c 1 "$kept.new")" ] || { rm "$kept.new"; echo "new crontab file is missing newline before EOF" >&2; exit 1; }
    mv "$kept.new" "$kept" ;;
  *) echo "crontab: usage error" >&2; exit 1 ;;
esac
`;

let wnm: Wnm;
let tables: string;
let programs: string;

beforeAll(async () => {
  wnm = await aColony("--node_cap=1");
  programs = join(wnm.home, "programs");
  tables = join(wnm.home, "cron.d");
  for (const folder of [programs, tables, join(wnm.home, "elsewhere")]) mkdirSync(folder);
  writeFileSync(join(programs, "crontab"), CRONTAB, { mode: 0o755 });
  symlinkSync(wnm.binary, join(wnm.home, ".local/bin/wnm"));
  symlinkSync(wnm.binary, join(wnm.home, "w"));
  writeFileSync(join(wnm.home, "elsewhere/wnm"), "#!/bin/sh\n", { mode: 0o755 });
});
afterAll(() => wnm?.[Symbol.asyncDispose]());

/** Calls wnm where these folders replace the machine's; nothing else sees the mounts. */
async function call(...args: readonly string[]): Promise<Ended> {
  const script = 'mount --bind "$1" /usr/local/bin && mount --bind "$2" /etc/cron.d && shift 2 && exec "$@"';
  const child = Bun.spawn(
    ["unshare", "-m", "sh", "-c", script, "sh", programs, tables, wnm.binary, ...args],
    {
      env: { HOME: wnm.home, PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}

const MARK = "# wnm: put here by its install.sh";
const RUNNER =
  '[ -e "$1" ] && [ "$(wc -c <"$1")" -gt 1000000 ] && mv -f "$1" "$1.1"; true >>"$1" && exec >>"$1" 2>&1; exec "$0"';

/** Lines that start this colony's wnm and nothing else. WNM: its path. HOME_: its home. */
const GO: readonly string[] = [
  "* * * * * WNM",
  "*/5 0-6 1,2 jan mon-fri WNM",
  "@reboot WNM",
  "* * * * *\tWNM\t--quiet",
  "  * * * * * WNM >> /tmp/wnm.log 2>&1",
  "* * * * * $HOME/.local/bin/wnm >> $HOME/wnm.log 2>&1",
  `* * * * * "\${HOME}/.local/bin/wnm" >"/tmp/a log" 2>/dev/null </dev/null`,
  "* * * * * ~/.local/bin/wnm &>/dev/null",
  "* * * * * ~/w",
  "* * * * * wnm",
  "* * * * * PATH=$HOME/.local/bin:$PATH wnm",
  "* * * * * WNM_NODE_CAP=20 WNM --mem_remove 90 # mine, and; nothing && else | here",
  "* * * * * nice WNM",
  "* * * * * nice -n 19 ionice -c 3 WNM --loglevel=DEBUG",
  "* * * * * nice -10 WNM",
  "* * * * * /usr/bin/timeout -k 5 300 WNM",
  "* * * * * flock -n /tmp/wnm.lock WNM",
  "* * * * * env -i HOME=HOME_ PATH=/usr/bin:/bin WNM >> log 2>&1",
  "* * * * * exec WNM >/dev/null 2>&1;",
  "* * * * * WNM >/dev/null 2>&1 &",
  "@daily cd / && WNM >>/tmp/x 2>&1",
  "* * * * * sleep 20; WNM",
  "* * * * * WNM --dbpath HOME_/.local/share/autonomi/colony.db",
  `* * * * * /usr/bin/env -i HOME='HOME_' PATH='/bin' /bin/sh -c '${RUNNER}' 'WNM' 'HOME_/cron.log' ${MARK}`,
  `* * * * * /usr/bin/env -i /opt/old/wnm ${MARK}`,
  `* * * * * /bin/sh HOME_/.local/share/wnm/every-minute ${MARK}`,
];

/** Lines that stay; those that contain a wnm are shown. */
const STAY: readonly string[] = [
  "0 3 * * * tar czf /mnt/usb/wnm.tgz WNM HOME_/.local/share/autonomi/colony.db",
  "0 3 * * * tar czf - ~/.local/bin/wnm ~/.local/share/autonomi/colony.db",
  "0 4 * * * cp WNM /mnt/usb/",
  "0 4 * * * /bin/cp -p ~/.local/bin/wnm /mnt/usb/ >/dev/null 2>&1",
  "*/10 * * * * pgrep -x wnm || /usr/local/bin/alert",
  "*/10 * * * * test -x WNM",
  "*/5 * * * * WNM --report node-status; rsync -a ~/photos nas:",
  "*/5 * * * * WNM --report machine-metrics --json > /var/www/wnm.json",
  "*/5 * * * * WNM --dry_run | mail -s wnm me",
  "*/5 * * * * WNM --dry_run",
  "0 5 * * 0 WNM --force_action upgrade",
  "0 5 * * 0 WNM --export_keys /mnt/usb/keys",
  "0 5 * * 0 WNM --self_upgrade",
  "0 5 * * 0 WNM --version",
  "0 5 * * 0 WNM --help",
  "0 5 * * 0 WNM --no_such_option",
  "* * * * * WNM; rsync -a ~/photos nas:",
  "* * * * * WNM && curl -fsS https://ping.example/x",
  "* * * * * WNM || reboot",
  "* * * * * WNM 2>&1 | logger -t wnm",
  "* * * * * curl -fsS https://ping.example/x; WNM",
  "* * * * * cd /srv && make && WNM",
  "* * * * * . ~/.venv/bin/activate && wnm >> ~/wnm.log 2>&1",
  "* * * * * sh -c 'WNM; rsync a b'",
  "* * * * * bash -lc WNM",
  "* * * * * (WNM; date) >> log",
  "* * * * * WNM >> log-$(date +\\%F) 2>&1",
  "* * * * * WNM --node_cap=`nproc`",
  "* * * * * if [ -e /tmp/go ]; then WNM; fi",
  "* * * * * echo 'WNM'",
  '* * * * * echo "unclosed WNM',
  "* * * * * WNM <<EOF",
  "* * * * * flock -n /tmp/l -c 'WNM; date'",
  "* * * * * sudo WNM",
  "* * * * * /opt/python/bin/wnm",
  "* * * * * ~/elsewhere/wnm",
  "* * * * * WNM --dbpath /srv/other/colony.db",
  "* * * * * HOME=/home/other WNM",
  "* * * * * env -i HOME=/home/other WNM",
  `* * * * * WNM && curl -fsS https://ping.example/x ${MARK}`,
  `0 3 * * * ls WNM; reboot ${MARK}`,
  `* * * * * /bin/sh HOME_/.local/share/wnm/every-minute; rsync -a ~/photos nas: ${MARK}`,
  "* * * * * /bin/sh /home/other/.local/share/wnm/every-minute",
  "mail@example.org WNM",
];
/** The lines among them that start wnm as well as other things. */
const STARTING: readonly string[] = [
  "* * * * * WNM; rsync -a ~/photos nas:",
  "* * * * * WNM && curl -fsS https://ping.example/x",
  "* * * * * WNM || reboot",
  "* * * * * WNM 2>&1 | logger -t wnm",
  "* * * * * cd /srv && make && WNM",
  "* * * * * sh -c 'WNM; rsync a b'",
  "* * * * * bash -lc WNM",
  "* * * * * (WNM; date) >> log",
  "* * * * * sudo WNM",
  `* * * * * /bin/sh HOME_/.local/share/wnm/every-minute; rsync -a ~/photos nas: ${MARK}`,
];
/** Lines that contain no wnm at all. */
const FOREIGN: readonly string[] = [
  "# * * * * * WNM",
  `#* * * * * /usr/bin/env -i HOME=x WNM ${MARK}`,
  "MAILTO=me",
  "PATH = HOME_/.local/bin:/usr/bin:/bin",
  "",
  "5 4 * * * /usr/bin/backup --to '/var/backups of it' # 100\\%",
  "1 1 * * * echo caf\xe9 \xff",
  "* * * * * /home/me/wnm-old/bin --x",
];

const meant = (line: string): string => line.replaceAll(/\bWNM\b/g, wnm.binary).replaceAll("HOME_", wnm.home);

test("only lines that run this wnm and nothing else are removed; a copy of the table is kept, and the rest is unchanged", async () => {
  expect(GO.length + STAY.length + FOREIGN.length).toBeGreaterThan(60);
  const [go, stay, foreign] = [GO, STAY, FOREIGN].map((lines) => lines.map(meant)) as [
    string[],
    string[],
    string[],
  ];
  const mixed = [...foreign, ...stay.flatMap((line, i) => [line, ...(go[i] === undefined ? [] : [go[i]])])];
  const table = Buffer.from(`${mixed.join("\n")}\n`, "latin1");
  writeFileSync(join(wnm.home, ".crontab"), table);
  const { code, stdout } = await call("--release");
  expect(code).toBe(3);
  expect(stdout).toContain("wnm still manages this colony");
  expect(stdout).not.toContain("no longer manages");
  const left = readFileSync(join(wnm.home, ".crontab")).toString("latin1").split("\n");
  expect(left).toEqual([...foreign, ...stay, ""]);
  for (const line of go) expect(stdout).toContain(`  crontab: ${line}\n`);
  const shown = stdout.slice(stdout.indexOf("These lines still"), stdout.indexOf("Where everything is"));
  expect([...shown.matchAll(/^ {2}crontab: .*$/gm)].map(([all]) => all).toSorted()).toEqual(
    stay.map((line) => `  crontab: ${line}`).toSorted(),
  );
  const starting = shown.slice(0, shown.indexOf("Left in place"));
  for (const line of STARTING.map(meant)) expect(starting).toContain(`  crontab: ${line}\n`);
  for (const line of STAY.filter((line) =>
    /--(?:report|dry_run|force|export)|tar |cp |pgrep|echo|other/.test(line),
  ))
    expect(starting).not.toContain(`  crontab: ${meant(line)}\n`);
  const copy = /copy of the old crontab: (.*)$/m.exec(stdout)?.[1] ?? "";
  expect(readFileSync(copy).equals(table)).toBe(true);
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  const again = await call("--release");
  expect(again.stdout).toContain("These lines still start wnm");
  expect(again.stdout).not.toContain("copy of the old crontab");
});

test("a table that holds nothing else is removed, and can be restored from its copy", async () => {
  const line = `${meant("* * * * * WNM")}\n`;
  writeFileSync(join(wnm.home, ".crontab"), line);
  const { stdout } = await call("--release");
  expect(existsSync(join(wnm.home, ".crontab"))).toBe(false);
  expect(readFileSync(/copy of the old crontab: (.*)$/m.exec(stdout)?.[1] ?? "", "utf8")).toBe(line);
});

test("in the system's tables the account of a line counts, and the leftovers of a killed run are not a table", async () => {
  const mine = meant("* * * * * root WNM >/dev/null 2>&1");
  const stay = [
    meant("0 3 * * * root tar cf /x WNM"),
    meant("* * * * * daemon WNM"),
    meant("* * * * * WNM"),
    "17 * * * * root run-parts /etc/cron.hourly",
  ];
  writeFileSync(join(tables, "mixed"), `${[mine, ...stay].join("\n")}\n`);
  writeFileSync(join(tables, "wnm"), `SHELL=/bin/sh\n${mine}\n`);
  const account = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("root:"));
  expect(account?.split(":")[5]).toBe("/root");
  const { code, stdout } = await call("--release");
  expect(code).toBe(0);
  // This colony belongs to another home than root's, so a line of root's account is not its own.
  expect(readFileSync(join(tables, "mixed"), "utf8")).toBe(`${[mine, ...stay].join("\n")}\n`);
  expect(stdout).toContain(`/etc/cron.d/mixed: ${mine}`);
  const with_path = `${mine} --dbpath ${wnm.database}`;
  writeFileSync(join(tables, "mixed"), `${[with_path, ...stay].join("\n")}\n`);
  writeFileSync(join(tables, "wnm"), `SHELL=/bin/sh\n${with_path}\n`);
  const second = await call("--release");
  expect(second.code).toBe(0);
  expect(readFileSync(join(tables, "mixed"), "utf8")).toBe(`${stay.join("\n")}\n`);
  expect(readdirSync(tables)).toEqual(["mixed"]);
  const copies = [...second.stdout.matchAll(/copy of the old crontab: (.*)$/gm)].map(([, path = ""]) => path);
  expect(copies.map((path) => readFileSync(path, "utf8").includes(with_path))).toEqual([true, true]);
});
