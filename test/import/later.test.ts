import { expect, setDefaultTimeout, test } from "bun:test";
import { documented } from "../readme/commands.ts";
import { inBox } from "./box.ts";

setDefaultTimeout(300_000);

test("nodes join a colony later: one, those of a folder, the rest; none joins twice, and no process is touched", async () => {
  const said = await inBox(`
    data=$HOME/.local/share/ant; daemon=$data/nodes
    for d in n/node-1 n/node-7 n/abc; do folder "$d"; done
    mount -t tmpfs disk /mnt; disk=/mnt/disk2/node-1; folder $disk; folder $daemon/node-3; folder $daemon/node-4
    run "$HOME/n/node-1/ant-node" --root-dir "$HOME/n/node-1" --port 12001 --rewards-address $WALLET --upgrade-channel beta
    up n/node-1; import --node_cap 1 >/dev/null; wnm 2>/dev/null; wnm --force_action update_config --node_cap 5 2>/dev/null
    # One of ours by another path, one of each kind, and one whose port is taken.
    ln -s n m
    run "$HOME/n/node-7/ant-node" --root-dir "$HOME/n/node-7" --port 12007 --rewards-address $WALLET --upgrade-channel beta
    run "$HOME/n/abc/ant-node" --root-dir "$HOME/n/abc" --port 12008 --rewards-address $WALLET --ipv4-only --upgrade-channel stable
    run $disk/ant-node --root-dir $disk --port 12009 --rewards-address $WALLET
    node() { printf '"%s":{"id":%s,"rewards_address":"%s","data_dir":"%s","node_port":%s,"binary_path":"%s/ant-node"}' "$1" "$1" $WALLET "$2" "$3" "$2"; }
    printf '{"schema_version":1,"nodes":{%s,%s,%s},"next_id":9}' "$(node 3 $daemon/node-3 12003)" "$(node 4 $daemon/node-4 12001)" "$(node 5 $HOME/m/node-1 12001)" >$data/node_registry.json
    up n/node-7 n/abc $disk
    all() { for d in "$HOME/n/node-1" "$HOME/n/node-7" "$HOME/n/abc" $disk; do identity $d; done; }; before=$(all)
    dump() { sqlite3 "$DB" 'select * from node; select * from storage; select * from machine' | cksum; }
    stored=$(dump); ${documented("wnm --import --dry_run")}; [ "$stored" = "$(dump)" ] && echo nothing was stored
    wnm --import --dry_run --json >plan.json
    wnm --import --service_name 9 2>&1 && exit 1; echo "not found: $?"
    ${documented("wnm --import --service_name antnode0007")} | sed 's/^/one: /'
    ${documented("wnm --import --from /mnt/disk2")} | sed 's/^/folder: /'
    ${documented("wnm --import")} | sed 's/^/rest: /'; stored=$(dump)
    wnm --import | sed 's/^/again: /'; [ "$stored" = "$(dump)" ] && echo nothing more was stored
    [ "$before" = "$(all)" ] && echo the same processes
    wnm 2>/dev/null; [ "$before" = "$(all)" ] && echo still the same
    sqlite3 "$DB" 'select id, port, root_dir from node' | sed "s,$HOME/,,"
    wnm --report history --kind add | grep -c 'taken over as it was'
    wnm --release | sed 's/^/release: /'; [ "$before" = "$(all)" ] && echo handed back
    cat plan.json`);
  const lines = said.trimEnd().split("\n");
  for (const line of [
    "4 nodes would join the 1 of this colony (1 of those that were found is in it):",
    ...[
      "nothing was stored",
      "not found: 5",
      "nothing more was stored",
      "the same processes",
      "still the same",
      "handed back",
    ],
    "one: 1 node joined the 1 of this colony (1 of those that were found is in it):",
    "folder: 1 node joined the 2 of this colony (2 of those that were found are in it):",
    "rest: 2 nodes joined the 3 of this colony (3 of those that were found are in it):",
    "again: No node joins this colony (5 of those that were found are in it).",
    ...["1|12001|n/node-1", "2|12008|n/abc", "3|12003|.local/share/ant/nodes/node-3"],
    ...["4|12009|/mnt/disk2/node-1", "7|12007|n/node-7", "4"],
  ])
    expect(lines).toContain(line);
  expect(said).toContain("    from its next start on with --upgrade-channel beta\n");
  expect(said).not.toContain("neither a definition");
  expect(said).toMatch(/node_registry.json, node 4: its port 12001 is also that of antnode0001/);
  const plan = JSON.parse(lines.at(-1) ?? "");
  expect(plan).toMatchObject({ dry_run: true, already: 1, settings: {} });
  expect(plan.nodes.map((node: { service_name: string }) => node.service_name)).toEqual([
    ...["antnode0002", "antnode0003", "antnode0004", "antnode0007"],
  ]);
});

test("nothing joins if node_cap or a running manager forbids it, and only the nodes asked for count", async () => {
  const said = await inBox(`
    for d in n/node-1 n/node-2 n/node-3; do folder "$d"; done
    start() { run "$HOME/n/node-$1/ant-node" --root-dir "$HOME/n/node-$1" --port 1200$1 --rewards-address $WALLET; up n/node-$1; }
    start 1; import --node_cap 1 >/dev/null; start 2
    wnm --import 2>&1 && exit 1; echo "cap: $?"
    wnm --force_action update_config --node_cap 3 2>/dev/null
    cp /bin/bash "$HOME/ant"
    "$HOME/ant" -c '"$0/ant-node" --root-dir "$0" --port 12003 --rewards-address $1 >/dev/null 2>&1 & sleep 1000; :' "$HOME/n/node-3" $WALLET daemon & daemon=$!
    up n/node-3
    wnm --import 2>&1 && exit 1; echo "daemon: $?"
    wnm --import --service_name 2 | head -1
    kill -9 $daemon; wait $daemon || true
    wnm --import | head -1`);
  const lines = said.trimEnd().split("\n");
  for (const line of [
    ...["cap: 5", "daemon: 5"],
    "1 node joined the 1 of this colony (1 of those that were found is in it):",
    "1 node joined the 2 of this colony (2 of those that were found are in it):",
  ])
    expect(lines).toContain(line);
  expect(said).toMatch(/node_cap is 1, and with the 1 found there are 2 nodes/);
  expect(said).toMatch(/The ant node daemon \(process \d+\) is running .*: ant node daemon stop/);
});
