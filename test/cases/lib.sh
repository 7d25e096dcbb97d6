# Sourced by every case: bash NN-name.sh WNM_BINARY. Re-runs the case in its own network, mount and pid namespaces.
set -u
WNM=$(readlink -f "${1:-$WNM}"); HERE=$(cd "$(dirname "$0")" && pwd)
[ -x "$WNM" ] || { echo "no wnm at ${1:-}"; exit 2; }
if [ -z "${IN_BOX:-}" ]; then
  exec env IN_BOX=1 unshare -n -m -p --fork --kill-child --mount-proc -- bash "$0" "$WNM"
fi
ip link set lo up 2>/dev/null
BOX=$(mktemp -d "${TMPDIR:-/tmp}/wnm-case.XXXXXX"); chmod 755 "$BOX"; H=$BOX/home; B=$H/.local/share/autonomi; DB=$B/colony.db
trap 'cd /; chattr -R -i "$BOX" 2>/dev/null; umount -R "$BOX" 2>/dev/null; for m in $(grep -o " $BOX/[^ ]*" /proc/self/mountinfo | sort -r); do umount -l "$m" 2>/dev/null; done; rm -rf --one-file-system "$BOX"' EXIT
mkdir -p "$H/.local/bin"
node() { # VERSION -> path of a built stand-in
  local v=${1:-0.4.17}; local out=${TMPDIR:-/tmp}/wnm-case-antnode-$v
  [ -x "$out" ] || { cc -O2 -DVERSION="\"$v\"" -o "$out.$$" "$HERE/antnode.c" && mv "$out.$$" "$out"; } || exit 2
  echo "$out"
}
put() { cp "$1" "$H/.local/bin/antnode.new" && mv "$H/.local/bin/antnode.new" "$H/.local/bin/antnode"; }
put "$(node)"
w() { env -i HOME="$H" PATH=/usr/bin:/bin ${WENV:-} timeout -k 5 "${LIMIT:-120}" ${WPRE:-} "$WNM" "$@"; }
WIDE="--cpu_less_than 101 --cpu_remove 102 --mem_less_than 98 --mem_remove 99 --hd_less_than 98 --hd_remove 99 --desired_load_average 9000 --max_load_average_allowed 9999 --crisis_bytes 1"
init() { w --init --rewards_address 0x1111111111111111111111111111111111111111 --process_manager setsid+user --port_start 45 --metrics_port_start 23 $WIDE --delay_start 0 --max_concurrent_starts 50 --max_concurrent_operations 50 "$@" >"$BOX/init.log" 2>&1 || { cat "$BOX/init.log"; short "init failed"; }; }
add() { w --force_action add --count "$1" >"$BOX/add.log" 2>&1 || { cat "$BOX/add.log"; short "adding failed"; }; }
sql() { sqlite3 "$DB" "$@"; }
pid_of() { sql "select pid from node where id=$1"; }
alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }
nodes_alive() { local n=0 p; for p in /proc/[0-9]*; do case $(tr '\0' ' ' 2>/dev/null <"$p/cmdline") in "$B"/node/*) grep -q '^State:.Z' "$p/status" 2>/dev/null || n=$((n+1));; esac; done; echo $n; }
# Waits until a shell command succeeds.
until_ok() { for _ in $(seq 450); do if eval "$1" >/dev/null 2>&1; then return; fi; sleep .1; done; short "in vain: $1"; }
# Kills a process: it is gone when this returns, however busy the machine.
slay() { kill -9 "$1"; gone "$1"; }
gone() { until_ok "! grep -q '^State:.[^ZX]' /proc/$1/status"; }
holds() { echo "HOLDS: $*"; exit 0; }
short() { echo "FALLS SHORT: $*"; exit 1; }
# share SOURCE MOUNTPOINT key=value …: a share of a file server; see fusefs.py
share() { mkdir -p "$1" "$2"; python3 "$HERE/fusefs.py" "$@" 2>"$BOX/fuse.log" & FUSE=$!; for _ in $(seq 450); do grep -q " $2 fuse" /proc/self/mounts && return; sleep .1; done; short "no FUSE here: $(cat "$BOX/fuse.log")"; }
