# The home is on a share without shared mmap (CIFS cache=none, 9p): wnm works there, and Python can read its database at any time.
. "$(dirname "$0")/lib.sh"
mkdir -p "$BOX/srv"; cp -a "$H/." "$BOX/srv/"; share "$BOX/srv" "$H" direct_io=1; bad=
count() { python3 -c 'import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute("select count(*) from node").fetchone()[0])' "$DB" 2>&1 | tail -1; }
init --node_cap 2; [ "$(count)" = 0 ] || bad="$bad after-init($(count))"
add 2; sleep .6; w >"$BOX/o" 2>&1 || { cat "$BOX/o"; bad="$bad run"; }
[ "$(count)" = 2 ] || bad="$bad after-a-run($(count))"
w --report node-status >"$BOX/o" 2>&1; [ "$(grep -c antnode000 "$BOX/o")" = 2 ] || { cat "$BOX/o"; bad="$bad report"; }
# Taken over from Python wnm, which also used the rollback journal.
python3 -c 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute("pragma user_version=0"); c.commit()' "$DB"
w >"$BOX/o" 2>&1 || { cat "$BOX/o"; bad="$bad takeover"; }; [ "$(count)" = 2 ] || bad="$bad after-the-takeover($(count))"
ls "$B" | grep -q 'colony.db-\|\.map' && bad="$bad left($(ls "$B" | tr '\n' ' '))"
[ -z "$bad" ] && holds ok || short "$bad"
