# The storage is a link to another disk, since init or since the nodes were moved: it works like the folder behind it.
. "$(dirname "$0")/lib.sh"
bad=; mkdir -p "$BOX/big/nodes" "$BOX/bigger" "$B"; ln -s "$BOX/big/nodes" "$B/node"
init --delay_remove 0 --node_cap 2; add 2; sleep .6; w >"$BOX/o" 2>&1 || { cat "$BOX/o"; bad="$bad run"; }
[ -d "$BOX/big/nodes/antnode0002" ] || bad="$bad not-behind-the-link"
w --force_action stop --service_name antnode0001,antnode0002 >/dev/null 2>&1 || bad="$bad stop"
# Moved to a bigger disk; the link is changed, and the marker moves along.
cp -a "$BOX/big/nodes" "$BOX/bigger/"; mv "$BOX/big/nodes" "$BOX/big/old"; w >"$BOX/o" 2>&1; rc=$?
[ $rc = 5 ] && grep -q "leads nowhere" "$BOX/o" || { cat "$BOX/o"; bad="$bad dangling(rc=$rc)"; }
ln -sfn "$BOX/bigger/nodes" "$B/node"; w --force_action start --service_name antnode0001,antnode0002 >"$BOX/o" 2>&1 || { cat "$BOX/o"; bad="$bad start-after-the-move"; }
alive "$(pid_of 1)" && alive "$(pid_of 2)" || bad="$bad not-started"
w --force_action remove --service_name antnode0002 >"$BOX/o" 2>&1 || { cat "$BOX/o"; bad="$bad remove"; }
[ ! -e "$BOX/bigger/nodes/antnode0002" ] && [ -d "$BOX/bigger/nodes/antnode0001" ] && [ -d "$BOX/big/old/antnode0002" ] || bad="$bad wrong-folder-removed"
# The link leads to a folder that is not a storage of this colony.
mkdir "$BOX/empty"; ln -sfn "$BOX/empty" "$B/node"; w >"$BOX/o" 2>&1; rc=$?; [ $rc = 5 ] || { cat "$BOX/o"; bad="$bad another-folder(rc=$rc)"; }
alive "$(pid_of 1)" || bad="$bad stopped"
[ -z "$bad" ] && holds ok || short "$bad"
