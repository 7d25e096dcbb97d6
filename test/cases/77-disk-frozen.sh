# A frozen disk (fsfreeze, a snapshot) can be read, and every change waits until it is thawed. A frozen storage is left alone while the other
# continues; one run waits for a frozen home, and later ones end and say so. Nothing piles up.
. "$(dirname "$0")/lib.sh"
bad=; export LIMIT=60; disks=
disk() { truncate -s 64M "$BOX/$1.img"; mkfs.ext4 -q "$BOX/$1.img" || short "no mkfs.ext4"; mkdir -p "$2"; l=$(losetup -f --show "$BOX/$1.img" 2>"$BOX/o") || holds "no loop device here: $(cat "$BOX/o")"; disks="$disks $l=$2"; mount "$l" "$2" 2>/dev/null || holds "loop devices cannot be mounted here"; }
trap 'cd /; for d in $disks; do fsfreeze -u "${d#*=}" 2>/dev/null; umount -l "${d#*=}" 2>/dev/null; losetup -d "${d%%=*}"; done; rm -rf --one-file-system "$BOX"' EXIT
cp -a "$H" "$BOX/was"; disk home "$H"; cp -a "$BOX/was/." "$H/"; disk nodes "$BOX/disk"; mkdir -p "$BOX/disk/nodes" "$B/local"
init --delay_remove 0 --delay_restart 0 --node_cap 4 --reaction immediate --node_storage "$BOX/disk/nodes"; add 1
w --force_action update_config --node_storage "$B/local" >/dev/null 2>&1; w >/dev/null 2>&1; add 1; w >/dev/null 2>&1
frozen=$(sql "select id from node where root_dir like '$BOX/disk/%' limit 1"); other=$(sql "select id from node where root_dir like '$B/local/%' limit 1"); [ -n "$frozen" ] && [ -n "$other" ] || short "no node on each storage"
fsfreeze -f "$BOX/disk" 2>"$BOX/o" || holds "disks cannot be frozen here: $(cat "$BOX/o")"
old=$(pid_of "$other"); kill -9 "$old" "$(pid_of "$frozen")"
for k in 1 2; do
  w >"$BOX/o" 2>&1; rc=$?
  [ $rc -lt 124 ] || bad="$bad run$k-does-not-end"
  [ $k -gt 1 ] || grep -q "storage $BOX/disk/nodes does not respond, so antnode000$frozen is left alone" "$BOX/o" || { cut -c1-300 "$BOX/o"; bad="$bad run$k-says-nothing(rc=$rc)"; }
done
[ "$(ps -eo args | grep -c "^[^ ]*rmdir -- $BOX/disk")" -le 1 ] || bad="$bad a-process-a-run"
alive "$(pid_of "$other")" && [ "$(pid_of "$other")" != "$old" ] || bad="$bad the-other-storage-waits"
fsfreeze -u "$BOX/disk"; w >"$BOX/o" 2>&1; [ -z "$(ls -A "$BOX/disk/nodes" | grep is-there)" ] || bad="$bad something-was-made"
fsfreeze -f "$H"; ( env -i HOME="$H" PATH=/usr/bin:/bin "$WNM" >/dev/null 2>&1 & )
until_ok "! flock -n '$B/.wnm-lock' true"
for k in 1 2; do
  w >"$BOX/o" 2>&1; rc=$?
  [ $rc = 75 ] || { cut -c1-300 "$BOX/o"; bad="$bad home$k(rc=$rc)"; }
done
[ "$(ps -eo args | grep -c "^[^ ]*rmdir -- $B")" -le 1 ] || bad="$bad a-process-a-refusal"
fsfreeze -u "$H"; until_ok "! pgrep -x '$(basename "$WNM")'"; w >"$BOX/o" 2>&1; rc=$?; [ $rc = 0 ] || { cut -c1-300 "$BOX/o"; bad="$bad thawed(rc=$rc)"; }
for p in $(sql "select pid from node"); do kill -9 "$p"; done
[ -z "$bad" ] && holds ok || short "$bad"
