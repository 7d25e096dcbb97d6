# The file system of the home does not support flock(2) (NFS without lockd): init and a run say so, and nothing is changed.
. "$(dirname "$0")/lib.sh"
bad=
WPRE="strace -f -qq -e trace=flock -e inject=flock:error=ENOLCK -o /dev/null"
w --init --rewards_address 0x1111111111111111111111111111111111111111 --process_manager setsid+user --port_start 45 >"$BOX/o" 2>&1; rc=$?
[ $rc = 1 ] && grep -q "cannot lock files (ENOLCK)" "$BOX/o" && [ ! -e "$DB" ] || bad="$bad init(rc=$rc)"
WPRE=; init; add 1; before=$(md5sum <"$DB")
for e in ENOLCK ENOSYS EOPNOTSUPP EIO; do
  WPRE="strace -f -qq -e trace=flock -e inject=flock:error=$e -o /dev/null"; w >"$BOX/o" 2>&1; rc=$?
  [ $rc = 1 ] && grep -q "cannot lock files ($e\|cannot lock files (ENOTSUP" "$BOX/o" || { cat "$BOX/o"; bad="$bad run-with-$e(rc=$rc)"; }
done
[ "$(md5sum <"$DB")" = "$before" ] || bad="$bad database-changed"
WPRE="strace -f -qq -e trace=flock -e inject=flock:error=EAGAIN -o /dev/null"; w >"$BOX/o" 2>&1; rc=$?; [ $rc = 75 ] || bad="$bad a-held-lock(rc=$rc)"
[ -z "$bad" ] && holds ok || short "$bad"
