import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { discoverFormicaio } from "../../src/import/formicaio.ts";
import { inBox } from "./box.ts";

setDefaultTimeout(600_000);

test("Formicaio's native nodes are taken over once it is stopped, and stay where it finds them again", async () => {
  const said = await inBox(`
    data=$HOME/formicaio_data/node_data; a=$data/613162326333; b=$data/643465356636; c=$data/676868696a6a
    folder $a; folder $b; folder $c; cp $HOME/.local/bin/ant-node $c; echo x >$c/node_identity.key
    cp /bin/bash "$HOME/formicaio"
    "$HOME/formicaio" -c '
      "$0/ant-node" --port 12000 --metrics-port 14000 --root-dir "$0" --enable-logging --log-level debug --log-dir "$0/logs" --rewards-address $2 --evm-network arbitrum-one >/dev/null 2>&1 &
      "$1/ant-node" --port 12001 --metrics-port 14001 --root-dir "$1" --ipv4-only --rewards-address $2 --evm-network arbitrum-one >/dev/null 2>&1 &
      sleep 1000; :' $a $b $WALLET & manager=$!
    up $a $b
    import --node_cap 2 2>&1 && exit 1; echo "refused with $?"
    kill -9 $manager; wait $manager || true
    before=$(identity $a; identity $b); [ "$(echo "$before" | wc -l)" = 2 ]
    # It has been started again, and its nodes are nobody's children.
    "$HOME/formicaio" -c 'sleep 1000; :' & manager=$!
    import --node_cap 2 2>/dev/null && exit 1; echo "and later with $?"
    kill -9 $manager; wait $manager || true
    import --node_cap 2; wnm
    [ "$before" = "$(identity $a; identity $b)" ] && echo the same processes
    for id in 1 2; do wnm --force_action stop --service_name $id; wnm --force_action start --service_name $id; done
    for folder in $a $b; do pid=$(identity $folder | cut -d' ' -f1); readlink "/proc/$pid/exe"
      tr '\\0' '\\n' <"/proc/$pid/environ" | grep ANT_ || true; done
    wnm --release | tail -2`);
  expect(said).toMatch(
    /- Formicaio \(process \d+\) is running .* stop it first, its nodes keep running: kill \d+/,
  );
  expect(said).toContain("2 nodes, run by setsid+user");
  expect(said).toMatch(
    /node_data\/676868696a6a: it holds a node's key, but neither a definition nor a process says how the node was run/,
  );
  const lines = said.trimEnd().split("\n");
  for (const line of [
    ...["refused with 5", "and later with 5", "the same processes", "ANT_IPV4_ONLY=true"],
    "Formicaio takes its 2 nodes back when it starts.",
  ])
    expect(lines).toContain(line);
  expect(lines.filter((line) => /\/node_data\/[0-9a-f]{12}\/ant-node$/.test(line))).toHaveLength(2);
});

/** The table of nodes as Formicaio 0.8.7 creates it, without some columns of figures. */
const TABLE =
  "CREATE TABLE nodes (node_id TEXT PRIMARY KEY NOT NULL, pid INTEGER, created INTEGER, status TEXT, port INTEGER, metrics_port INTEGER, rewards_addr TEXT, node_logs INTEGER, log_level TEXT, ipv4_only INTEGER, data_dir_path TEXT)";
const WALLET = "1".repeat(40);

test("its stopped nodes are taken over from its database, with ports, wallet, logs and the disk they are on", async () => {
  const said = await inBox(`
    mount -t tmpfs disk /mnt; data=$HOME/formicaio/formicaio_data/node_data
    a=$data/613162326333; b=$data/643465356636; c=/mnt/nodes/676868696a6a; folder $a; folder $b; folder $c
    db() { sqlite3 "$HOME/formicaio/formicaio.db" "$1"; }; db "PRAGMA journal_mode=WAL; ${TABLE}" >/dev/null
    row() { db "INSERT INTO nodes VALUES ('$1', 0, $2, '$3', $2, 14000, '$4', $5, 'debug', $6, '$7')"; }
    row 613162326333 12000 '"Active"' 0x${WALLET} 0 0 ''
    row 643465356636 12001 '{"Inactive":"Stopped"}' ${WALLET} 1 1 ''
    row 676868696a6a 12002 '{"Inactive":"Exited"}' 0x${WALLET} 0 0 /mnt/nodes
    row 6a6a6a6a6a6a 12003 '"Removing"' 0x${WALLET} 0 0 ''; row 6b6b6b6b6b6b 12004 '"Active"' 0x${WALLET} 0 0 ''
    run $a/ant-node --port 12000 --metrics-port 14000 --root-dir $a --rewards-address 0x${WALLET} --evm-network arbitrum-one
    up $a; before=$(identity $a); sum=$(sha256sum "$HOME"/formicaio/formicaio.db*)
    import --node_cap 3 --port_start 40
    [ "$sum" = "$(sha256sum "$HOME"/formicaio/formicaio.db* )" ] && echo its database is as it was
    wnm 2>/dev/null; for id in 2 3; do wnm --force_action start --service_name $id 2>/dev/null; done; up $b $c
    [ "$before" = "$(identity $a)" ] && echo the same process
    pid=$(identity $b | head -1 | cut -d' ' -f1); tr '\\0' ' ' <"/proc/$pid/cmdline"; echo
    tr '\\0' '\\n' <"/proc/$pid/environ" | grep ANT_IPV4; [ "$(identity $c | wc -l)" = 1 ] && echo runs on its disk
    all() { identity $a; identity $b; identity $c; }; before=$(all); sum=$(sha256sum "$HOME"/formicaio/formicaio.db*)
    wnm --release; [ "$before" = "$(all)" ] && [ "$sum" = "$(sha256sum "$HOME"/formicaio/formicaio.db*)" ] && echo handed back`);
  expect(said).toContain("3 nodes, run by setsid+user");
  expect(said).toMatch(/antnode0002 {2}STOPPED, version 0\.23\.1, port 12001, metrics port 14000/);
  expect(said).toMatch(/folder \/mnt\/nodes\/676868696a6a\n/);
  expect(said).toMatch(/node 6a6a6a6a6a6a: Formicaio was removing it/);
  expect(said).toMatch(/node 6b6b6b6b6b6b: its folder \S+\/node_data\/6b6b6b6b6b6b is not there/);
  expect(said).toMatch(/--port 12001 .*--rewards-address 0x1{40} .*--log-dir \S+\/643465356636\/logs/);
  const lines = said.trimEnd().split("\n");
  for (const line of [
    "its database is as it was",
    "the same process",
    "ANT_IPV4_ONLY=true",
    "runs on its disk",
    "Formicaio takes its 3 nodes back when it starts.",
    "handed back",
  ])
    expect(lines).toContain(line);
});

describe("Formicaio's database", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "wnm-formicaio-"));
  });
  afterEach(() => rmSync(home, { recursive: true }));
  const path = () => join(home, "formicaio.db");
  const look = (folder?: string) =>
    discoverFormicaio({ home, uid: process.getuid?.() ?? 0, env: {} }, [], folder);

  test.each([
    ["a port that is none", "port = 70000", "port"],
    ["a port that is text", "port = 'x'", "port"],
    ["a name that leads elsewhere", "node_id = '../../etc/ab'", "node_id"],
    ["a wallet that is a flag", "rewards_addr = '--config=/x'", "rewards_addr"],
    ["a level that is a flag", "log_level = '--config'", "log_level"],
    ["a line break in its place", "data_dir_path = '/a' || char(10) || 'b'", "data_dir_path"],
    ["bytes for a place", "data_dir_path = x'00ff'", "data_dir_path"],
  ])("has a row with %s, which is left out by name, and the other rows are taken", (_, change, field) => {
    {
      using db = new Database(path());
      db.run(TABLE);
      for (const id of ["613162326333", "643465356636"])
        db.run("INSERT INTO nodes VALUES (?, 0, 1, 'x', 12000, 14000, ?, 0, 'info', 0, '')", [
          id,
          `0x${WALLET}`,
        ]);
      db.run(`UPDATE nodes SET ${change} WHERE node_id = '613162326333'`);
    }
    const { found, left_out } = look();
    expect(found.map(({ source }) => source)).toEqual([`${path()}, node 643465356636`]);
    expect(left_out[0]?.because).toBe(`its row is not as Formicaio writes it: ${field}`);
  });

  test("is left out as a whole, and read no further, if it is not a database", () => {
    for (const made of [
      ["mkfifo", path()],
      ["ln", "-s", "/dev/zero", path()],
      ["truncate", "-s", "1T", path()],
      ["truncate", "-s", "4096", path()],
    ]) {
      expect(Bun.spawnSync([...made]).exitCode).toBe(0);
      expect(look()).toMatchObject({ found: [], left_out: [{ source: path() }] });
      rmSync(path());
    }
    writeFileSync(path(), "no database");
    expect(look(`${home}/formicaio_data/node_data`).left_out).toHaveLength(1);
  });
});
