# A separate machine for one scenario: its own mounts, processes and network, the accounts op, ant and other, and a
# sudo with which op may do everything. Arguments: the wnm binary, the stand-in antnode, and the scenario as shell text.
# Called as: unshare -m -p -n --fork --kill-child --mount-proc bash world.sh WNM ANTNODE SCENARIO
set -eu
mount --make-rprivate /
ip link set lo up
# Some versions of kill(1) take a number below 65 after "kill --" for a signal; here every process has a larger number.
echo 3000 >/proc/sys/kernel/ns_last_pid
W=$(mktemp -d /tmp/wnm-world-XXXXXX)
mount -t tmpfs -o mode=755,size=1g none "$W"
mount -t tmpfs -o mode=755 none /usr/local/sbin
mount -t tmpfs -o mode=755 none /var
mkdir -p "$W/bin" "$W/home/.local/bin" /var/log /var/tmp
cp "$1" "$W/bin/wnm"
cp "$2" "$W/bin/antnode"
cp "$2" "$W/home/.local/bin/antnode"
for file in passwd group; do cp "/etc/$file" "$W/$file"; done
printf '%s\n' "op:x:12345:12345::$W/home:/bin/sh" ant:x:12346:12346::/nonexistent:/bin/sh >>"$W/passwd"
printf '%s\n' op:x:12345: ant:x:12346: >>"$W/group"
for file in passwd group; do mount --bind "$W/$file" "/etc/$file"; done
cp "$(command -v setpriv)" "$W/bin/as"
chmod 4755 "$W/bin/as"
# Does what sudo(8) does with -n and NOPASSWD, and prints what it prints on a host whose name does not resolve. A file
# "denied" names an account that op may not become.
cat >/usr/local/sbin/sudo <<X
#!/bin/sh
echo "sudo: unable to resolve host world: Name or service not known" >&2
[ "\$LC_ALL" = C ] || { echo "sudo: Ein Passwort ist notwendig" >&2; exit 1; }
as=root
[ "\$1" = -n ] || { echo "sudo: a terminal is required to read the password" >&2; exit 1; }
shift
[ "\$1" != -u ] || { as=\$2; shift 2; }
[ "\$1" != -- ] || shift
! grep -qx "\$as" "$W/denied" 2>/dev/null || { echo "sudo: a password is required" >&2; exit 1; }
exec "$W/bin/as" --reuid "\$as" --regid "\$as" --clear-groups env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "\$@"
X
chmod 755 /usr/local/sbin/sudo
chown -R op:op "$W/home"
cd /
# wnm as op, as cron calls it; its output goes to the file "said", its exit code to standard output.
wnm() {
  setpriv --reuid op --regid op --clear-groups \
    env -i HOME="$W/home" PATH=/usr/bin:/bin "$W/bin/wnm" "$@" >"$W/said" 2>&1 && echo "exit 0" || echo "exit $?"
}
init() {
  wnm --init --rewards_address donate --reaction immediate --port_start 45 --metrics_port_start 23 --no_upnp \
    --cpu_less_than 101 --cpu_remove 102 --mem_less_than 99 --mem_remove 100 --hd_less_than 99 --hd_remove 100 \
    --crisis_bytes 0 --desired_load_average 90000 --max_load_average_allowed 99999 \
    --delay_start 0 --delay_restart 0 --delay_remove 0 --max_concurrent_starts 9 --max_concurrent_operations 9 "$@"
}
# Whether the last call of wnm printed this.
says() { if grep -qF "$1" "$W/said"; then echo "it says so"; else cat "$W/said"; fi; }
hide() { mount -o "remount,hidepid=$1" /proc; }
# The nodes according to the database; root sees every process.
nodes() { bun -e '
  const { Database } = require("bun:sqlite");
  for (const row of new Database(process.argv[1], { readonly: true }).query("SELECT * FROM node ORDER BY id").all())
    console.log([row.id, row.status, row.crashes, row.pid !== null && require("fs").existsSync("/proc/" + row.pid) ? "lives" : "none"].join(" "));
' "$DB"; }
pid_of() { bun -e '
  const { Database } = require("bun:sqlite");
  console.log(new Database(process.argv[1], { readonly: true }).query("SELECT pid FROM node WHERE id = ?").get(process.argv[2]).pid);
' "$DB" "$1"; }
# Processes of antnodes that are not zombies, by the last word of their folder.
living() {
  for p in /proc/[0-9]*; do
    grep -q '^State:.Z' "$p/status" 2>/dev/null && continue
    tr '\0' '\n' <"$p/cmdline" 2>/dev/null | grep -xA1 -e --root-dir | tail -n +2 | xargs -r basename
  done | sort
}
# Waits until the command succeeds.
until_ok() { for _ in $(seq 450); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.1; done; echo "in vain: $*"; exit 1; }
# Kills the process: it is gone when this returns, however busy the machine.
slay() {
  kill -9 "$1"
  until_ok eval "! grep -q '^State:.[^ZX]' /proc/$1/status"
}
eval "$3"
