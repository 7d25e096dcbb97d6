# A file server answers only reads: each call that creates or writes something there blocks forever. No run waits for it, and the other storage is served.
. "$(dirname "$0")/lib.sh"
bad=; HANG=$BOX/hang; export LIMIT=60; share "$BOX/srv" "$BOX/share" hang="$HANG"; mkdir "$BOX/share/nodes" "$BOX/local"
init --delay_remove 0 --delay_restart 0 --node_cap 20 --reaction immediate --node_storage "$BOX/share/nodes,$BOX/local"; add 4
of() { sql "select id from node where root_dir like '$1/%' order by id limit 1 offset ${2:-0}"; }
there=$(of "$BOX/share"); next=$(of "$BOX/share" 1); here=$(of "$BOX/local"); [ -n "$next" ] && [ -n "$here" ] || short "the nodes are not on both storages: $(sql 'select id,root_dir from node')"
call() { # EXIT_CODES PATTERN ARGUMENT…
  local want=$1 says=$2; shift 2; w "$@" >"$BOX/o" 2>&1; local rc=$?
  [[ " $want " == *" $rc "* ]] && { [ -z "$says" ] || grep -q -- "$says" "$BOX/o"; } || { cut -c1-300 "$BOX/o"; bad="$bad op-$op-'$*'(rc=$rc)"; }
}
# mkdir(2), write(2), creat(2)
for op in 9 16 35; do
  echo $op >"$HANG"
  call 3 "accepts only reads now" --force_action restart --service_name "$there"
  for k in 1 2; do call "0 3" "restart antnode000$here" --force_action restart --service_name "$here"; done
  call 2 "does not respond" --report doctor
  rm "$HANG"; kill "$FUSE"; umount -l "$BOX/share"; share "$BOX/srv" "$BOX/share" hang="$HANG"
done
op=16; echo $op >"$HANG"; (printf 1 >"$BOX/share/nodes/antnode000$there/antnode.pid") & until_ok "grep -q fuse /proc/$!/stack"
call 3 "antnode.pid is on a share that does not respond" --force_action stop --service_name "$there"
call 0 "stop antnode000$next" --force_action stop --service_name "$next"
rm "$HANG"; kill "$FUSE"; umount -l "$BOX/share"; share "$BOX/srv" "$BOX/share" hang="$HANG"
call 0 "restart antnode000$there" --force_action restart --service_name "$there"
ls -A "$BOX/srv/nodes" | grep -q trial && bad="$bad a-trial-is-left"
# rename(2) and fsync(2) as well, for the other files that a run writes
op=none; mkdir "$BOX/share/out"; call "0 3" "" --prometheus_path "$BOX/share/out/m.prom"; [ -s "$BOX/srv/out/m.prom" ] || bad="$bad no-metrics"
for op in 12 16 20; do
  echo $op >"$HANG"; call "0 3" ""; call "0 3" ""
  rm "$HANG"; kill "$FUSE"; umount -l "$BOX/share"; share "$BOX/srv" "$BOX/share" hang="$HANG"
done
# stat(2), open(2) and read(2), for the node program
cp "$H/.local/bin/antnode" "$BOX/share/antnode"; op=none; call "0 3" "" --prometheus_path "" --antnode_path "$BOX/share/antnode"
for op in 3 14 15; do
  echo $op >"$HANG"; call "0 3" ""; call 2 "" --report doctor; call "3 5" "does not respond" --force_action add
  rm "$HANG"; kill "$FUSE"; umount -l "$BOX/share"; share "$BOX/srv" "$BOX/share" hang="$HANG"
done
[ -z "$bad" ] && holds ok || short "$bad"
