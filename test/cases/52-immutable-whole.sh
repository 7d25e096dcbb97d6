# chattr -R +i on a node's folder: a removal by hand is refused and undone; the logs stay, and no later run deletes the node.
. "$(dirname "$0")/lib.sh"
truncate -s 200M "$BOX/img"; mke2fs -q -t ext4 "$BOX/img"; mkdir -p "$B/node"; chmod 700 "$H/.local/share"; mount -o loop "$BOX/img" "$B/node" || short "no loop"; rmdir "$B/node/lost+found"
init --delay_remove 0 --node_cap 3; add 3; sleep .6; w >/dev/null 2>&1; bad=
chattr -R +i "$B/node/antnode0002" || short "no chattr"
w --force_action remove --service_name antnode0002 >"$BOX/o" 2>&1; rc=$?; echo "rc $rc $(tail -1 "$BOX/o" | cut -c1-200)"
sql 'select id,status,wanted,removal_cause,problem from node'
chattr -R -i "$B/node/antnode0002"
[ $rc = 3 ] || bad="rc=$rc"; [ -d "$B/logs/antnode0002" ] || bad="$bad logs-deleted"
for i in 1 2 3; do w 2>&1 | tail -1 | cut -c1-200; sleep .3; done
[ -s "$B/node/antnode0002/secret-key" ] || bad="$bad removed-later"
alive "$(pid_of 2)" || bad="$bad not-started-again"
[ -z "$bad" ] && holds ok || short "$bad"
