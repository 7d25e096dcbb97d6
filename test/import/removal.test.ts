import { expect, setDefaultTimeout, test } from "bun:test";
import { inBox } from "./box.ts";

setDefaultTimeout(300_000);

test("a node that was taken over is removed wherever it is, but never with foreign files in its folder", async () => {
  const said = await inBox(`
    mount -t tmpfs disk /mnt; one=/mnt/data/node-1; two=$HOME/n/a1b2c3d4e5f6
    for d in $one $two; do folder $d; done; echo keep >$two/notes.txt; mkdir $two/antnode0007; ln -s /etc/passwd $one/logs
    run $one/ant-node --root-dir $one --port 12001 --rewards-address $WALLET
    run $two/ant-node --root-dir $two --port 12002 --rewards-address $WALLET; up $one $two
    import --node_cap 2; before=$(identity $two)
    wnm --force_action remove --service_name 2 2>&1 && exit 1; echo "refused with $?"
    rmdir $two/antnode0007; wnm --force_action remove --service_name 2 2>&1 && exit 1; echo "and again with $?"
    [ "$(identity $two)" = "$before" ] && [ -e $two/node_identity.key ] && echo it runs
    rm $two/notes.txt; wnm --force_action remove --service_name 2 2>/dev/null && [ ! -e $two ] && [ -d $HOME/n ] && echo gone
    wnm --force_action remove --service_name 1 2>/dev/null && [ ! -e $one ] && [ -s /etc/passwd ] && ls -A /mnt/data
    [ -z "$(identity $one)$(identity $two)" ] && sqlite3 "$DB" 'select count(*) from node'`);
  const lines = said.trimEnd().split("\n");
  for (const line of [
    "    wnm does not delete its folder while it holds antnode0007, which no node creates",
    ...["refused with 3", "and again with 3", "it runs", "gone", "0"],
  ])
    expect(lines).toContain(line);
  expect(said).toMatch(/it holds notes\.txt, which no node creates\. Move that away/);
});
