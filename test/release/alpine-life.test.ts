import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildWnm, DEVELOPMENT } from "../../scripts/build.ts";
import { endOf } from "./ended.ts";
import { muslRoot } from "./musl-root.ts";
import { NATIVE_MUSL, ROOT } from "./release.ts";

setDefaultTimeout(300_000);

const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

/** Alpine's BusyBox has it, Debian's does not. */
const ADDUSER = `#!/bin/sh
[ "$1 $2 $3 $4" = "-S -D -s /sbin/nologin" ] || exit 99
echo "$5:x:101:65533::/home/$5:/sbin/nologin" >>/etc/passwd; mkdir -p "/home/$5"; chown 101:65533 "/home/$5"
`;

/** Its own mounts, network and processes; then the script of $3 in the root of $1 as the account of $2. */
const ENTER = `
mount -t proc proc "$1/proc"; mount --bind /dev "$1/dev"; ip link set lo up
exec chroot --userspec="$2" --groups= "$1" /bin/sh -c "$3"`;

/** From the first call to the last; each line gives the exit code. */
const LIFE = `
wide="--cpu_less_than 101 --cpu_remove 102 --mem_less_than 98 --mem_remove 99 --hd_less_than 98 --hd_remove 99
  --desired_load_average 9000 --max_load_average_allowed 9999 --crisis_bytes 1"
call() { env -i HOME="$HOME" PATH=/usr/bin:/bin /opt/wnm "$@" 2>&1 </dev/null; echo "# $?: $*"; }
call --init --rewards_address 0x1111111111111111111111111111111111111111 --port_start 45 --metrics_port_start 23 --node_cap 1 $wide $INIT
call --force_action add
tries=0
until call --report node-status | grep RUNNING || [ $tries = 100 ]; do tries=$((tries + 1)); call --force_action survey >/dev/null; sleep 0.2; done
call
call --report doctor
call --force_action stop --service_name antnode0001
call --force_action start --service_name antnode0001
call --release
call --force_action teardown --confirm
ls "$STORAGE"`;

let root: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "wnm-alpine-"));
  chmodSync(root, 0o755);
  cpSync(await muslRoot("amd64"), root, { recursive: true, verbatimSymlinks: true });
  for (const folder of ["opt", "root/.local/bin", "home/op/.local/bin", "usr/bin", "var"])
    mkdirSync(join(root, folder), { recursive: true });
  await buildWnm(join(root, "opt/wnm"), { ...DEVELOPMENT, target: NATIVE_MUSL });
  const node = join(root, "root/.local/bin/antnode");
  const made = await endOf(["cc", "-O2", "-static", "-o", node, join(ROOT, "test/cases/antnode.c")], {
    PATH,
  });
  expect(made).toMatchObject({ code: 0 });
  cpSync(node, join(root, "home/op/.local/bin/antnode"));
  writeFileSync(
    join(root, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nop:x:1000:1000::/home/op:/bin/sh\n",
  );
  const prepare =
    "busybox --install -s /bin && rm /bin/crontab && chmod 1777 /tmp && chown -R 1000:1000 /home/op";
  expect(await inside("0:0", `/bin/${prepare}`)).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const inside = (account: string, script: string) => {
  const apart = ["unshare", "-m", "-n", "-p", "--fork", "--kill-child", "sh", "-c", ENTER, "sh"];
  return endOf([...sudo, ...apart, root, account, `PATH=/bin\n${script}`], { PATH });
};

/** Programs of other systems; "setsid+sudo" is the name of a manager. */
const NOT_HERE = /(?:^|[^+\w])(?:sudo|systemctl|loginctl|journalctl|apt-get|apt|ufw)\b/m;

const ENDS = [
  /^# 0: --init/m,
  /^# 0: --force_action add$/m,
  /^antnode0001\S* .* RUNNING /m,
  /^# 0: $/m,
  /^# [0-2]: --report doctor$/m,
  /^# 0: --force_action stop/m,
  /^# 0: --force_action start/m,
  /^# 0: --release$/m,
  /^# 0: --force_action teardown/m,
];

test("an account without sudo, cron and systemd can run nodes from init to teardown", async () => {
  const life = `HOME=/home/op STORAGE=/home/op/.local/share/autonomi/node INIT=\n${LIFE}`;
  const { code, stdout } = await inside("1000:1000", life);
  for (const end of [/nodes run by +setsid\+user/, ...ENDS]) expect(stdout).toMatch(end);
  expect(stdout).not.toMatch(NOT_HERE);
  expect(stdout).not.toContain("crontab -");
  expect(stdout).toContain("no cron is installed");
  expect({ code, left: stdout.trimEnd().split("\n").at(-1) }).toEqual({
    code: 0,
    left: expect.stringContaining("teardown"),
  });
});

test("root's nodes get an account from BusyBox's adduser, and a crontab that never existed is not an error", async () => {
  writeFileSync(join(root, "bin/adduser"), ADDUSER, { mode: 0o755 });
  const made = await inside("0:0", "ln -s busybox /bin/crontab");
  expect(made).toMatchObject({ code: 0 });
  const asked = await inside(
    "0:0",
    "HOME=/root /opt/wnm --init --rewards_address faucet --process_manager systemd+sudo 2>&1",
  );
  expect(asked.stdout).toContain("systemd does not run this machine");
  const life = `HOME=/root STORAGE=/var/antctl/services INIT=--create_user\n${LIFE}`;
  const { stdout } = await inside("0:0", life);
  for (const end of [/nodes run by +setsid\+sudo/, ...ENDS]) expect(stdout).toMatch(end);
  expect(stdout).not.toMatch(NOT_HERE);
});
