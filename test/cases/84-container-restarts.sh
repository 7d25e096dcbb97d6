# A container restarts with the boot id of its machine: that is a reboot, not a crash of every node.
. "$(dirname "$0")/lib.sh"
# A container that lives until the given words are done; what it has started ends with it.
container() { unshare -p -f --kill-child --mount-proc -- bash -c "$1"; }
export -f w; export H DB WNM BOX
init --node_cap 6; bad=
container 'w --force_action add --count 5 >"$BOX/o" 2>&1; sleep 1; w >>"$BOX/o" 2>&1; w >>"$BOX/o" 2>&1'
[ "$(sql "select count(*) from node where status='RUNNING'")" = 5 ] || { cat "$BOX/o"; short "five nodes do not run"; }
[ "$(nodes_alive)" = 0 ] || short "the container has ended and its nodes have not"
container '
  w >"$BOX/first" 2>&1; sqlite3 "$DB" "select count(*) from node where status=\"STOPPED\" and crashes=0 and problem like \"%when the machine booted\"" >"$BOX/down"
  w >"$BOX/second" 2>&1; w >>"$BOX/second" 2>&1; sqlite3 "$DB" "select count(*) from node where pid is not null and crashes=0" >"$BOX/up"'
[ "$(cat "$BOX/down")" = 5 ] || { cat "$BOX/first"; bad="$bad no-reboot-was-seen"; }
[ "$(cat "$BOX/up")" = 5 ] || { cat "$BOX/second"; bad="$bad not-all-are-back"; }
[ -z "$bad" ] && holds ok || short "$bad"
