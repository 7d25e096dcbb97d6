# "Two never work at the same time": one run uses --dbpath, which is a link to the database in another folder (or a hard link), the other does not.
. "$(dirname "$0")/lib.sh"
init --node_cap 3; add 3; sleep .6; w >/dev/null 2>&1; bad=; mkdir "$BOX/alt"
for k in symlink folder-link dots hardlink bind; do
  rm -rf "$BOX/alt"; case $k in symlink) mkdir "$BOX/alt"; ln -s "$DB" "$BOX/alt/colony.db"; P=$BOX/alt/colony.db;; folder-link) ln -s "$B" "$BOX/alt"; P=$BOX/alt/colony.db;; dots) P=$B/../autonomi/./colony.db;; hardlink) mkdir "$BOX/alt"; ln "$DB" "$BOX/alt/colony.db"; P=$BOX/alt/colony.db;; bind) mkdir "$BOX/alt"; mount --bind "$B" "$BOX/alt"; P=$BOX/alt/colony.db;; esac
  w --force_action restart --service_name antnode0001,antnode0002 --this_action_delay 8000 >"$BOX/o1" 2>&1 & p=$!; until_ok "grep -q antnode0001 $BOX/o1 || ! alive $p"
  w --dbpath "$P" --force_action restart --service_name antnode0003 >"$BOX/o2" 2>&1; rc=$?; wait $p; r1=$?; echo "$k: first $r1, second through $P: $rc $(tail -1 "$BOX/o2" | cut -c1-140)"
  [ $rc = 75 ] || [ $rc = 5 ] || [ $rc = 2 ] || bad="$bad $k(rc=$rc)"; umount "$BOX/alt" 2>/dev/null
done; [ -z "$bad" ] && holds "one at a time" || short "two runs work on one colony at the same time: $bad"
