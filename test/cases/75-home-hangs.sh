# The home is on a share whose server is gone: each call ends and says so, and at most one process waits for the share.
. "$(dirname "$0")/lib.sh"
bad=; HANG=$BOX/hang; export LIMIT=60; mkdir -p "$BOX/srv"; cp -a "$H/." "$BOX/srv/"; share "$BOX/srv" "$H" hang="$HANG"
init --node_cap 1; add 1; p=$(pid_of 1); touch "$HANG"
for a in "" "" "--report node-status" "--dry_run" "--report health" "--version"; do
  t=$(date +%s); w $a >"$BOX/o" 2>&1; rc=$?; took=$(($(date +%s)-t)); echo "wnm $a: rc=$rc, $took s"
  [ $rc -lt 124 ] && [ $took -lt "$LIMIT" ] || bad="$bad '$a'(rc=$rc,$took-s)"
  [ "$a" = --version ] || grep -q "is on a share that does not respond" "$BOX/o" || { cat "$BOX/o"; bad="$bad '$a'-says-nothing"; }
done
[ "$(ps -eo args | grep -c "^[^ ]*head -c 1 -- $H")" -le 1 ] || bad="$bad a-process-a-call"
alive "$p" || bad="$bad the-node-was-ended"
rm "$HANG"; kill "$FUSE"; umount -l "$H"; share "$BOX/srv" "$H" hang="$HANG"; w >"$BOX/o" 2>&1; rc=$?; [ $rc = 0 ] || { cat "$BOX/o"; bad="$bad back(rc=$rc)"; }
t=$(date +%s); touch "$HANG"; HOME=$BOX w --dbpath "$H/.local/share/autonomi/colony.db" >"$BOX/o" 2>&1; rc=$?; [ $rc = 1 ] && [ $(($(date +%s)-t)) -lt "$LIMIT" ] || { cat "$BOX/o"; bad="$bad dbpath(rc=$rc)"; }
rm "$HANG"; kill "$FUSE"; umount -l "$H"
[ -z "$bad" ] && holds ok || short "$bad"
