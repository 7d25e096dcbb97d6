# A move that was killed half-way meets another order: the node stays whole in one place, and no second folder with its key
# remains.
. "$(dirname "$0")/lib.sh"
mkdir -p "$BOX/a/nodes" "$BOX/b"; mount -t tmpfs -o size=600m none "$BOX/b"; mkdir "$BOX/b/nodes"
A=$BOX/a/nodes; C=$BOX/b/nodes
init --node_storage "$A,$C" --node_cap 1 --reaction immediate --delay_restart 0 --cpu_less_than 101 --cpu_remove 102
row() { sql "select status, wanted, root_dir, moving_to, moving_from, problem from node where id=$1"; }
fresh() { # NUMBER: a running node with that number in A, with data enough to be killed over
  w --force_action add --count 1 >"$BOX/add.log" 2>&1 || short "$(cat "$BOX/add.log")"
  [ "$(dirname "$(sql "select root_dir from node where id=$1")")" = "$A" ] || { w --force_action move --service_name "$1" --to "$A" >"$BOX/move.log" 2>&1 || short "$(cat "$BOX/move.log")"; }
  mkdir -p "$A/antnode000$1/record_store"; head -c 60M /dev/zero | tr '\0' x >"$A/antnode000$1/record_store/big"
}
killed() { # NUMBER: its move to C is killed while it copies
  for _ in $(seq 20); do
    env -i HOME="$H" PATH=/usr/bin:/bin "$WNM" --force_action move --service_name "$1" --to "$C" >"$BOX/move.log" 2>&1 & p=$!
    until [ -e "$C/antnode000$1" ] || ! kill -0 $p 2>/dev/null; do :; done
    kill -9 $p 2>/dev/null; wait $p 2>/dev/null
    [ -n "$(sql "select moving_to from node where id=$1")" ] && [ -e "$C/antnode000$1" ] && return
    w --force_action move --service_name "$1" --to "$A" >"$BOX/back.log" 2>&1
  done
  short "no kill met the copy: $(cat "$BOX/move.log"); $(row "$1")"
}
folders() { echo $(cd "$BOX" && ls -d a/nodes/antnode* b/nodes/antnode* 2>/dev/null); }
is() { [ "$2" = "$3" ] || short "$1: $2, not $3; $(row 1)"; }
fresh 1
# Stopped by hand: the node stays stopped, and the copy is deleted.
killed 1; w --force_action stop --service_name 1 >"$BOX/stop.log" 2>&1 || short "$(cat "$BOX/stop.log")"
w >"$BOX/run.log" 2>&1
is "after a stop" "$(folders) $(sql 'select wanted, moving_from is null, moving_to is null from node')" "a/nodes/antnode0001 stopped|1|1"
w --force_action move --service_name 1 --to "$C" >"$BOX/move.log" 2>&1 || short "$(cat "$BOX/move.log")"
grep -q "it stays stopped" "$BOX/move.log" || short "the move of a stopped node does not say that it stays so: $(cat "$BOX/move.log")"
is "a stopped node" "$(sql 'select status, wanted, pid is null from node')" "STOPPED|stopped|1"
w --report why --service_name 1 2>&1 | head -1 | grep -q "by hand" || short "who stopped it is forgotten: $(w --report why --service_name 1)"
w --force_action move --service_name 1 --to "$A" >/dev/null 2>&1; w --force_action start --service_name 1 >/dev/null 2>&1
# Started by hand.
killed 1; w --force_action start --service_name 1 >"$BOX/start.log" 2>&1
for _ in 1 2 3 4; do w >"$BOX/run.log" 2>&1; done
is "after a start" "$(folders)" "a/nodes/antnode0001"; alive "$(pid_of 1)" || short "it does not run after a start"
# Its new storage is removed from node_storage.
killed 1; w --node_storage "$A" >"$BOX/run.log" 2>&1; for _ in 1 2 3; do w >>"$BOX/run.log" 2>&1; done
is "without the storage" "$(folders)" "a/nodes/antnode0001"; alive "$(pid_of 1)" || short "it does not run: $(cat "$BOX/run.log")"
w --node_storage "$A,$C" >/dev/null 2>&1
# The new disk goes away, and comes back.
killed 1; mount --bind "$BOX" "$BOX/b"; for _ in 1 2 3; do w >"$BOX/run.log" 2>&1; done
alive "$(pid_of 1)" || short "without the new disk it does not run: $(cat "$BOX/run.log"); $(row 1)"
w --report health >"$BOX/health.log" 2>&1; grep -q "A move of antnode0001 has left $C/antnode0001" "$BOX/health.log" || short "health does not know: $(cat "$BOX/health.log")"
until_ok "umount $BOX/b"; w --force_action move --service_name 1 --to "$A" >"$BOX/run.log" 2>&1 || short "$(cat "$BOX/run.log")"
is "with the disk back" "$(folders)" "a/nodes/antnode0001"
# Keys are exported, and the archive contains the key once.
killed 1; w --export_keys "$BOX/keys.json" >"$BOX/export.log" 2>&1 || short "no export: $(cat "$BOX/export.log")"
grep -q "^1 written" "$BOX/export.log" || short "$(cat "$BOX/export.log")"
# Released: the copy is deleted, and the node is no longer reported as moving.
w --release >"$BOX/release.log" 2>&1 || short "release: $(cat "$BOX/release.log")"
is "after the release" "$(folders) $(sql 'select status, wanted from node')" "a/nodes/antnode0001 STOPPED|running"
grep -q "$C/antnode0001, which a move of antnode0001 had left, is deleted" "$BOX/release.log" || short "$(cat "$BOX/release.log")"
w --force_action start --service_name 1 >/dev/null 2>&1
# Removed.
killed 1; w --force_action remove --service_name 1 >"$BOX/remove.log" 2>&1 || short "$(cat "$BOX/remove.log")"
is "after the removal" "$(folders) $(sql 'select count(*) from node')" " 0"
# Torn down.
fresh 1; fresh 2; killed 2; w --force_action teardown --confirm >"$BOX/down.log" 2>&1 || short "$(cat "$BOX/down.log")"
is "after the teardown" "$(folders) $(sql 'select count(*) from node')" " 0"
holds "no second folder stays"
