#!/usr/bin/env bash
# Shows wnm at work in a sandbox: a home folder of its own, stand-in nodes that really run and answer on loopback.
# Nothing outside the sandbox is touched, and it is removed at the end unless --keep is given.
set -euo pipefail
cd "$(dirname "$0")/.."
keep=
for word in "$@"; do
  case $word in
    --keep) keep=yes ;;
    *) echo "usage: scripts/try.sh [--keep]" >&2; exit 2 ;;
  esac
done
# shellcheck source=scripts/bun.sh
. scripts/bun.sh
bun run build

sandbox=$(mktemp -d "${TMPDIR:-/tmp}/wnm-try-XXXXXX")
home=$sandbox/home
mkdir -p "$home"
wnm() { env -i HOME="$home" WNM_PROCESS_MANAGER=setsid+user dist/wnm "$@"; }
step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || step() { printf '\n%s\n' "$*"; }
tidy() {
  if [ -n "$keep" ]; then
    echo "The sandbox stays, with its nodes running. Look at it, and end it, with:"
    echo "  env -i HOME=$home WNM_PROCESS_MANAGER=setsid+user $PWD/dist/wnm --report node-status"
    echo "  env -i HOME=$home WNM_PROCESS_MANAGER=setsid+user $PWD/dist/wnm --force_action remove --count 100"
  else
    wnm --quiet --force_action remove --count 100 || true
    rm -rf "$sandbox"
  fi
}
trap tidy EXIT

step "A stand-in for antnode is built: it takes the same arguments and answers as the real one does."
ports=$(bun test/fixtures/sandbox.ts "$home/.local/bin/antnode")

step "wnm --init creates the colony (here with wide limits and without the ten quiet minutes that wnm else waits for)."
# shellcheck disable=SC2086
wnm --init --rewards_address 0x00455d78f850b0358e8cea5be24d415e01e107cf --node_cap 3 --delay_start 0 --no_upnp \
  --cpu_less_than 101 --cpu_remove 102 --mem_less_than 99 --mem_remove 100 --hd_less_than 99 --hd_remove 100 \
  --reaction immediate --crisis_bytes 1000000 --desired_load_average 9999 --max_load_average_allowed 10000 $ports

step "wnm --dry_run says what a run would do, and why."
wnm --dry_run

step "Each plain wnm is one run, as cron makes it every minute. Three runs make three nodes."
nodes() { find "$home/.local/share/autonomi/node" -maxdepth 1 -name 'antnode*' | wc -l; }
for _ in 1 2 3; do wnm; done
# A machine that is busy to the last percent makes wnm wait, as it should: a few more runs then, and at last by hand.
for _ in $(seq 3); do [ "$(nodes)" = 3 ] || { sleep 1; wnm; }; done
while [ "$(nodes)" -lt 3 ]; do wnm --force_action add; done

step "A fourth run finds nothing to do and says why."
wnm

step "The nodes really run and answer:"
wnm --report node-status --force_action survey

step "One node is killed; the next run notices and starts it again."
victim=$(cat "$home/.local/share/autonomi/node/antnode0002/antnode.pid")
kill -9 "$victim"
wnm
wnm --report node-status --force_action survey

step "The operator wants two nodes only: the youngest is stopped, and deleted after delay_remove (here at once)."
wnm --node_cap 2 --delay_remove 0
wnm
wnm --report node-status

step "The settings as JSON, for other programs:"
wnm --report machine-config --json | head -n 8
echo "  …"

step "That was wnm. For real, on this machine:"
cat <<EOF
  1. Get antnode and put it at ~/.local/bin/antnode.
  2. $PWD/dist/wnm --init --rewards_address YOUR_ETH_ADDRESS
  3. Let cron call it every minute (crontab -e):
     * * * * * $PWD/dist/wnm >> ~/wnm.log 2>&1

EOF
