# A node's folder is moved and a link put in its place: this is a finding while it is a link; once the folder is back, it is the node's again.
. "$(dirname "$0")/lib.sh"
init --delay_remove 0 --node_cap 2; add 2; sleep .6; w >/dev/null 2>&1; bad=
key=$(md5sum <"$B/node/antnode0001/secret-key"); p=$(pid_of 1)
mkdir "$BOX/other"; mv "$B/node/antnode0001" "$BOX/other/"; ln -s "$BOX/other/antnode0001" "$B/node/antnode0001"; slay "$p"
for i in 1 2; do w --json >"$BOX/o" 2>&1; rc=$?; [ $rc = 3 ] && grep -q "antnode0001 is not started, changed or removed: .* is a link" "$BOX/o" || bad="$bad no-finding(rc=$rc)"; done
w --force_action survey >/dev/null 2>&1; w --force_action remove --service_name antnode0001 >/dev/null 2>&1
[ "$(sql 'select own_disk from node where id=1')" != 1 ] || bad="$bad link-is-called-a-disk"
rm "$B/node/antnode0001"; mv "$BOX/other/antnode0001" "$B/node/"
for i in 1 2 3; do w >"$BOX/o" 2>&1; rc=$?; sleep .3; done; tail -1 "$BOX/o" | cut -c1-200
sql 'select id,status,own_disk,problem from node'
[ $rc = 0 ] || bad="$bad rc=$rc-once-it-is-back"; alive "$(pid_of 1)" || bad="$bad not-started-again"
[ "$(md5sum <"$B/node/antnode0001/secret-key")" = "$key" ] || bad="$bad another-key"
[ -z "$bad" ] && holds ok || short "$bad"
