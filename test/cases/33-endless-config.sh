# -c /dev/zero (or a config that links to it, or a pipe) must be refused, not read forever with growing memory.
. "$(dirname "$0")/lib.sh"
init
LIMIT=45 w --report node-status -c /dev/zero >"$BOX/o" 2>&1; rc=$?; echo "-c /dev/zero: rc $rc (124 = still reading)"; [ $rc = 2 ] || n=1
mkdir -p "$H/.local/share/wnm"; mkfifo "$H/.local/share/wnm/config"
LIMIT=45 w >/dev/null 2>&1; rc=$?; echo "config is a pipe: rc $rc (124 = hangs)"
rm "$H/.local/share/wnm/config"; truncate -s 2G "$H/.local/share/wnm/config"; s=$(date +%s); LIMIT=60 w >"$BOX/o2" 2>&1; echo "config of 2 GB of zeros: rc $? $(( $(date +%s)-s )) s $(head -c 150 "$BOX/o2")"
[ -z "${n:-}" ] && [ $rc != 124 ] && holds refused || short "an endless config file is read until memory ends; a pipe hangs every run (cron starts one more each minute)"
