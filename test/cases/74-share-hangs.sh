# A file server is gone: calls on its share block forever. Each run ends, says so, and looks after the nodes on the other storage.
. "$(dirname "$0")/lib.sh"
bad=; HANG=$BOX/hang; export LIMIT=60; share "$BOX/srv" "$BOX/share" hang="$HANG"; mkdir "$BOX/share/nodes"
init --delay_remove 0 --delay_restart 0 --node_cap 6 --reaction immediate --node_storage "$BOX/share/nodes"; add 2
mkdir -p "$B/local"; w --force_action update_config --node_storage "$B/local" >/dev/null 2>&1; w >/dev/null 2>&1; add 2; sleep .6; w >/dev/null 2>&1
sql "select id,status,root_dir from node" | tee "$BOX/before"; [ "$(sql "select count(*) from node where root_dir like '$B/local/%'")" -ge 2 ] || short "no nodes on the second storage"
count=$(sql "select count(*) from node"); touch "$HANG"; local=$(sql "select id from node where root_dir like '$B/local/%' limit 1"); slay "$(pid_of "$local")"; old=$(pid_of "$local")
for k in 1 2 3; do
  t=$(date +%s); w >"$BOX/o" 2>&1; rc=$?; took=$(($(date +%s)-t)); echo "run $k: rc=$rc, $took s"
  # The log reports it when it begins.
  [ $rc = 3 ] && [ $k -gt 1 ] || grep -q "storage $BOX/share/nodes does not respond, so antnode0001, antnode0002 are left alone" "$BOX/o" || { cut -c1-300 "$BOX/o"; bad="$bad run$k(rc=$rc)"; }
  [ $took -lt "$LIMIT" ] || bad="$bad run$k-took-$took-s"
done
[ "$(ps -eo args | grep -c "^[^ ]*head -c 1 -- $BOX/share")" -le 1 ] || bad="$bad a-process-a-run"
alive "$(pid_of "$local")" && [ "$(pid_of "$local")" != "$old" ] || bad="$bad the-other-storage-waits"
[ "$(sql "select count(*) from node")" = "$count" ] || bad="$bad nodes-were-added-or-dropped"
for a in "--dry_run" "--report doctor" "--report node-status" "--report machine-metrics" "--force_action survey" "--force_action stop --service_name antnode0001" "--force_action add"; do
  t=$(date +%s); w $a >"$BOX/o" 2>&1; rc=$?; [ $rc -lt 124 ] && [ $(($(date +%s)-t)) -lt "$LIMIT" ] || { cut -c1-300 "$BOX/o"; bad="$bad $a(rc=$rc)"; }
done
[ "$(sql "select count(*) from node where root_dir like '$BOX/share/%'")" = 2 ] || bad="$bad forced-add-on-the-share"
# only open(2), read(2) and statfs(2)
for op in 14 15 17; do
  rm "$HANG"; kill "$FUSE"; umount -l "$BOX/share"; share "$BOX/srv" "$BOX/share" hang="$HANG"; echo $op >"$HANG"
  for a in "" "--report doctor"; do w $a >"$BOX/o" 2>&1; rc=$?; [ $rc -lt 124 ] && grep -qi "storage $BOX/share/nodes does not respond" "$BOX/o" || [ $rc = 3 ] || { cut -c1-300 "$BOX/o"; bad="$bad op-$op-'$a'(rc=$rc)"; }; done
done
rm "$HANG"; kill "$FUSE"; umount -l "$BOX/share"; share "$BOX/srv" "$BOX/share" hang="$HANG"; sleep .5; for k in 1 2 3 4 5 6 7 8; do w >"$BOX/o" 2>&1; rc=$?; alive "$(pid_of 1)" && [ $k -gt 1 ] && break; sleep .3; done; grep -q "does not respond" "$BOX/o" && { cat "$BOX/o"; bad="$bad still-silent"; }
alive "$(pid_of 1)" && [ "$(sql "select status from node where id=1")" != DEAD ] || bad="$bad the-share-is-back-and-its-node-is-not"
[ -z "$bad" ] && holds ok || short "$bad"
