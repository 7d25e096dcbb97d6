# A node moves to another disk. A run that is killed at any point leaves the node whole in one place; the next run continues.
. "$(dirname "$0")/lib.sh"
mkdir -p "$BOX/a/nodes" "$BOX/b"; mount -t tmpfs -o size=200m none "$BOX/b"; mkdir "$BOX/b/nodes"
A=$BOX/a/nodes; C=$BOX/b/nodes
init --node_storage "$A,$C" --node_cap 1 --reaction immediate --delay_restart 0 --cpu_less_than 101 --cpu_remove 102
w --force_action add --count 1 >"$BOX/add.log" 2>&1 || short "$(cat "$BOX/add.log")"
root() { sql "select root_dir from node where id=1"; }
where=$(dirname "$(root)")
mkdir -p "$(root)/record_store/x"
for i in $(seq 60); do head -c $((i * 20000)) /dev/urandom >"$(root)/record_store/x/$i"; done
truncate -s 50M "$(root)/record_store/sparse"; printf end >>"$(root)/record_store/sparse"; ln -s x "$(root)/record_store/link"
key=$(sha256sum <"$(root)/secret-key"); peer=$(sql "select peer_id from node where id=1")
sums() { (cd "$1/record_store" && find . -type f | sort | xargs sha256sum | sha256sum); }
want=$(sums "$(root)")
other() { [ "$(dirname "$(root)")" = "$A" ] && echo "$C" || echo "$A"; }
kills=0
for ms in 30 60 90 120 150 180 220 260 300 350 400 500 600 800 1000; do
  to=$(other); from=$(dirname "$(root)")
  env -i HOME="$H" PATH=/usr/bin:/bin "$WNM" --force_action move --service_name 1 --to "$to" >"$BOX/move.log" 2>&1 & p=$!
  sleep "$(printf '0.%03d' $((ms % 1000)))"; kill -9 $p 2>/dev/null && kills=$((kills + 1)); wait $p 2>/dev/null
  [ "$(sums "$(root)")" = "$want" ] || short "killed after $ms ms: the folder of the row is not whole: $(sql 'select status,root_dir,moving_to,moving_from from node')"
  [ "$(sha256sum <"$(root)/secret-key")" = "$key" ] || short "killed after $ms ms: the key is another"
  for _ in $(seq 8); do w >"$BOX/run.log" 2>&1; [ "$(sql 'select status, moving_to is null, moving_from is null from node')" = "RUNNING|1|1" ] && break; sleep .2; done
  [ "$(sql 'select status, moving_to is null, moving_from is null from node')" = "RUNNING|1|1" ] || short "killed after $ms ms: $(sql 'select status,root_dir,moving_to,moving_from,problem from node'); $(cat "$BOX/run.log")"
  alive "$(pid_of 1)" || short "killed after $ms ms: it does not run"
  [ "$(sums "$(root)")" = "$want" ] || short "killed after $ms ms: not whole after the next runs"
  [ "$(ls -d "$A"/antnode0001 "$C"/antnode0001 2>/dev/null | wc -l)" = 1 ] || short "killed after $ms ms: two folders"
done
to=$(other)
w --force_action move --service_name 1 --to "$to" >"$BOX/move.log" 2>&1 || short "$(cat "$BOX/move.log")"
[ "$(root)" = "$to/antnode0001" ] || short "it is at $(root)"
[ "$(sql "select peer_id from node where id=1")" = "$peer" ] || short "another peer id"
[ "$(stat -c %b "$(root)/record_store/sparse")" -lt 1000 ] || short "the hole was filled"
# No space: the move is undone, and the node continues to run.
to=$(other); if [ "$to" = "$A" ]; then w --force_action move --service_name 1 --to "$A" >/dev/null 2>&1; to=$C; fi
head -c 190M /dev/zero >"$BOX/b/films" 2>/dev/null
w --force_action move --service_name 1 --to "$C" >"$BOX/move.log" 2>&1; rc=$?
[ $rc = 3 ] || short "without room: $rc: $(cat "$BOX/move.log")"
alive "$(pid_of 1)" || short "without room: it does not run: $(cat "$BOX/move.log")"
[ ! -e "$C/antnode0001" ] || short "without room: a part of the copy is left"
rm "$BOX/b/films"
# A folder that is not a storage of the colony, and the one in which the node already is.
w --force_action move --service_name 1 --to /tmp >"$BOX/move.log" 2>&1; grep -q "not a storage of this colony" "$BOX/move.log" || short "$(cat "$BOX/move.log")"
# A folder without a node.
w --force_action move --from "$BOX/nowhere" --to "$C" >"$BOX/move.log" 2>&1; grep -q "No node is in $BOX/nowhere; nodes are in $(dirname "$(root)")" "$BOX/move.log" || short "$(cat "$BOX/move.log")"
# A whole storage is emptied.
w --force_action move --from "$A" --to "$C" >"$BOX/move.log" 2>&1 || short "$(cat "$BOX/move.log")"
[ -z "$(ls "$A")" ] || short "not emptied: $(ls "$A")"
holds "whole in one place after $kills kills"
