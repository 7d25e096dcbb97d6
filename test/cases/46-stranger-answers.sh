# Node 1 is dead, and another process answers on its metrics port (another account's node, a colony in a container). "It is stopped when its process is gone."
. "$(dirname "$0")/lib.sh"
init --node_cap 2; add 2; sleep .6; w >/dev/null 2>&1; slay "$(pid_of 1)"
mkdir "$BOX/other"; chmod 777 "$BOX/other"; cp "$(node)" "$BOX/antnode-of-another"
setpriv --reuid 65534 --regid 65534 --clear-groups "$BOX/antnode-of-another" --root-dir "$BOX/other" --port 46001 --enable-metrics-server --metrics-server-port 23001 --rewards-address 0x1 evm-arbitrum-one >/dev/null 2>&1 &
until_ok "exec 3<>/dev/tcp/127.0.0.1/23001"
for i in 1 2 3 4; do w >/dev/null 2>&1; sleep .5; done
w --report node-status; w --report prometheus | grep -E 'wnm_node_up|wnm_nodes'; ps aux | grep -c '[a]ntnode0001/antnode'; sql 'select id,status,pid,peer_id,connected_peers,problem from node'
[ "$(sql 'select status from node where id=1')" = RUNNING ] && short "node 1 has no process and is RUNNING, up = 1, with the stranger's readings; it is neither called down nor told as trouble in --report node-status" || holds "it is called down"
