# A disk is gone: what is not in the kernel's cache blocks forever. Each run ends, says so, and looks after the nodes on the other storage.
. "$(dirname "$0")/lib.sh"
bad=; HANG=$BOX/hang; export LIMIT=60; share "$BOX/srv" "$BOX/file" direct_io=1 hang="$HANG"; truncate -s 64M "$BOX/srv/disk"; mkfs.ext4 -q "$BOX/srv/disk" || short "no mkfs.ext4"
LOOP=$(losetup -f --show "$BOX/file/disk" 2>"$BOX/o") || holds "no loop device here: $(cat "$BOX/o")"
# Without its server the disk returns errors, so that everything that waits for it ends.
trap 'kill -9 "$FUSE"; rm -f "$HANG"; cd /; umount -l "$BOX/disk" "$BOX/file" 2>/dev/null; losetup -d "$LOOP" 2>/dev/null; rm -rf --one-file-system "$BOX"' EXIT
mkdir -p "$BOX/disk" "$B/local"; mount "$LOOP" "$BOX/disk" || holds "loop devices cannot be mounted here"; mkdir "$BOX/disk/nodes"
init --delay_remove 0 --delay_restart 0 --node_cap 4 --reaction immediate --node_storage "$BOX/disk/nodes"; add 1
w --force_action update_config --node_storage "$B/local" >/dev/null 2>&1; w >/dev/null 2>&1; add 1; w >/dev/null 2>&1
other=$(sql "select id from node where root_dir like '$B/local/%' limit 1"); [ -n "$other" ] || short "no node on the second storage"
sync -f "$BOX/disk"; touch "$HANG"; slay "$(pid_of "$other")"; old=$(pid_of "$other")
for k in 1 2 3; do
  t=$(date +%s); w >"$BOX/o" 2>&1; rc=$?; took=$(($(date +%s)-t)); echo "run $k: rc=$rc, $took s"
  [ $rc = 3 ] && [ $k -gt 1 ] || grep -q "storage $BOX/disk/nodes does not respond, so antnode0001 is left alone" "$BOX/o" || { cut -c1-300 "$BOX/o"; bad="$bad run$k(rc=$rc)"; }
  [ $rc -lt 124 ] || bad="$bad run$k-took-$took-s"
done
[ "$(ps -eo args | grep -c "^[^ ]*dd if=$BOX/disk")" -le 1 ] || bad="$bad a-process-a-run"
alive "$(pid_of "$other")" && [ "$(pid_of "$other")" != "$old" ] || bad="$bad the-other-storage-waits"
[ -z "$bad" ] && holds ok || short "$bad"
