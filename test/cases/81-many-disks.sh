# Two ext4 disks, a tmpfs, and one of the disks bind-mounted at a second folder. Nodes spread by size, and each disk that
# goes away, is swapped, becomes read-only or fills up costs only its own nodes.
. "$(dirname "$0")/lib.sh"
disk() { truncate -s "$2" "$BOX/$1.img"; mkfs.ext4 -q -F "$BOX/$1.img" && mkdir -p "$BOX/$1" && mount -o loop "$BOX/$1.img" "$BOX/$1" && mkdir -p "$BOX/$1/nodes"; }
disk a 64M && disk b 128M || { echo "no loop devices here"; holds "not tried"; }
mkdir -p "$BOX/t" "$BOX/a2"; mount -t tmpfs -o size=64m none "$BOX/t"; mkdir "$BOX/t/nodes" "$BOX/a/more"; mount --bind "$BOX/a/more" "$BOX/a2"
init --node_storage "$BOX/a/nodes,$BOX/b/nodes" --node_storage "$BOX/t/nodes,$BOX/a2" --node_cap 8 --max_concurrent_removals 9 --reaction immediate --delay_restart 0 --cpu_less_than 101 --cpu_remove 102
[ "$(sql 'select node_storage from machine')" = "$BOX/a/nodes" ] || short "Python would read $(sql 'select node_storage from machine')"
add 8
count() { ls -d "$BOX/$1"/antnode* 2>/dev/null | wc -l; }
spread="$(( $(count a/nodes) + $(count a2) )) $(count b/nodes) $(count t/nodes)"
[ "$spread" = "2 4 2" ] || short "8 nodes on disks of 64, 128 and 64 MB are spread $spread"
[ "$(count a2)" = 1 ] || short "two folders on one disk hold $(count a/nodes) and $(count a2)"
w >"$BOX/run.log" 2>&1
disks=$(w --report machine-metrics --json 2>/dev/null | python3 -c 'import json,sys; print([(len(d["storages"]), d["nodes"]) for d in json.load(sys.stdin)["disks"]])')
[ "$disks" = "[(2, 2), (1, 4), (1, 2)]" ] || short "the report has the disks $disks"
on() { sql "select id from node where root_dir like '$BOX/$1/%'"; }
states() { sql "select id, status, pid from node where root_dir not like '$BOX/$1/%'"; }
sick() { # DISK NAME: a run that meets it changes no other node's row, stops no process of another, and says so
  others=$(states "$1"); w >"$BOX/run.log" 2>&1; rc=$?
  [ $rc = 3 ] || short "$2: the run ended with $rc: $(tail -3 "$BOX/run.log")"
  grep -q "$BOX/$1" "$BOX/run.log" || short "$2: the run does not name the disk: $(cat "$BOX/run.log")"
  [ "$others" = "$(states "$1")" ] || short "$2: nodes of other disks have changed"
  w --report health >"$BOX/health.log" 2>&1; grep -q "$BOX/$1" "$BOX/health.log" || short "$2: health does not know: $(cat "$BOX/health.log")"
}
# Read-only: stopped, not deleted; they come back.
mount -o remount,ro "$BOX/b" 2>/dev/null || { for id in $(on b); do kill -9 "$(pid_of "$id")"; done; until_ok "mount -o remount,ro $BOX/b"; }
sick b read-only
[ "$(count b/nodes)" = 4 ] || short "read-only: $(count b/nodes) of 4 folders are left"
[ "$(sql "select count(*) from node where root_dir like '$BOX/b/%' and status = 'RUNNING'")" = 0 ] || short "read-only: nodes still run"
mount -o remount,rw "$BOX/b"
for _ in 1 2 3 4 5 6; do w >/dev/null 2>&1; done
[ "$(sql "select count(*) from node where root_dir like '$BOX/b/%' and status <> 'STOPPED'")" = 4 ] || short "writable again: $(w --dry_run 2>&1 | tail -12) $(sql "select id,status,problem from node where root_dir like '$BOX/b/%'")"
# Gone: its nodes end with it and are left alone.
for id in $(on b); do kill -9 "$(pid_of "$id")"; done; until_ok "umount $BOX/b"
sick b gone
[ -z "$(ls -A "$BOX/b")" ] || short "gone: something was made in the empty mount point"
[ "$(sql 'select count(*) from node')" = 8 ] || short "gone: nodes were forgotten or added"
# Another disk in its place.
mkdir "$BOX/other"; disk other 64M; mount --bind "$BOX/other" "$BOX/b"
sick b swapped
[ -z "$(ls -A "$BOX/b/nodes")" ] || short "swapped: something was made on the other disk"
umount "$BOX/b"; mount -o loop "$BOX/b.img" "$BOX/b"
for _ in 1 2 3 4 5 6; do w >/dev/null 2>&1; done
[ "$(sql "select count(*) from node where root_dir like '$BOX/b/%' and status <> 'STOPPED'")" = 4 ] || short "back: $(sql "select id,status,problem from node where root_dir like '$BOX/b/%'")"
# Full: only its own nodes are given up.
w --hd_less_than 60 --hd_remove 70 --delay_remove 0 >/dev/null 2>&1
others=$(states t); head -c 60M /dev/zero >"$BOX/t/films"
for _ in $(seq 12); do w >"$BOX/run.log" 2>&1; done
now=$(states t)
while read -r row; do grep -qxF "$row" <<<"$now" || lost="${lost:-} $row"; done <<<"$others"
[ -z "${lost:-}" ] || short "full: nodes of other disks have changed: $others; $(states t); $(cat "$BOX/run.log")"
[ "$(count t/nodes)" = 0 ] || short "full: its own nodes stay: $(cat "$BOX/run.log")"
# Lost for good: another disk takes its place, by the line that health shows.
w --hd_less_than 98 --hd_remove 99 >/dev/null 2>&1
for id in $(on b); do kill -9 "$(pid_of "$id")"; done; until_ok "umount $BOX/b"; mkdir -p "$BOX/new"; disk new 64M; rm -r "$BOX/new/nodes"; mount --bind "$BOX/new" "$BOX/b"
sick b lost
some=$(on b | head -1); w --force_action remove --service_name "$some" >"$BOX/run.log" 2>&1; grep -q "is left as it is: it is out of reach" "$BOX/run.log" || short "lost: the order for a node says nothing: $(cat "$BOX/run.log")"
cure=$(grep -o 'mkdir -p .*' "$BOX/health.log" | head -1); mark=${cure%%, and give its nodes up:*}
[ -n "$mark" ] || short "lost: health has no cure: $(cat "$BOX/health.log")"
sh -c "$mark" && w --force_action remove --service_name "$(on b | paste -sd,)" --confirm >"$BOX/run.log" 2>&1 || short "lost: the cure does not work: $mark: $(cat "$BOX/run.log")"
[ -z "$(on b)" ] || short "lost: nodes are left: $(cat "$BOX/run.log")"
w --report health >"$BOX/health.log" 2>&1; w >"$BOX/run.log" 2>&1; w --report health >"$BOX/health.log" 2>&1; ! grep -q "storage\|$BOX/b" "$BOX/health.log" || short "lost: health still complains: $(cat "$BOX/health.log")"
holds "each disk costs its own nodes alone"
