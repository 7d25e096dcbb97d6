import { expect, setDefaultTimeout, test } from "bun:test";
import { inBox } from "./box.ts";

setDefaultTimeout(300_000);

test("plain ant-nodes are taken over as they run, with ports, flags and folders, and keep running after --release", async () => {
  const said = await inBox(`
    for d in node-1 a1b2c3d4e5f6; do folder "n/$d"; done; folder other
    run "$HOME/n/node-1/ant-node" --root-dir "$HOME/n/node-1" --port 12001 --rewards-address $WALLET \\
      --stop-on-upgrade --enable-logging --log-dir "$HOME/n/log-1" --upgrade-channel beta
    # Its name on the command line is that of a program on PATH, and it chooses its port.
    PATH=$HOME/n/a1b2c3d4e5f6:$PATH run ant-node --rewards-address $WALLET \\
      --root-dir "$HOME/n/a1b2c3d4e5f6" --upgrade-channel beta --log-format json
    run "$HOME/other/ant-node" --rewards-address $WALLET --root-dir other
    up n/node-1 n/a1b2c3d4e5f6 other
    before=$(identity "$HOME/n/node-1"; identity "$HOME/n/a1b2c3d4e5f6"); echo "$before" | wc -l
    import --node_cap 2 | tee said
    [ "$before" = "$(identity "$HOME/n/node-1"; identity "$HOME/n/a1b2c3d4e5f6")" ] && echo the same processes
    wnm; [ "$before" = "$(identity "$HOME/n/node-1"; identity "$HOME/n/a1b2c3d4e5f6")" ] && echo still the same
    port=$(sed -nE 's/^  antnode0002 .*, port ([0-9]+), .*/\\1/p' said)
    wnm --force_action stop --service_name 2 2>/dev/null; wnm --force_action start --service_name 2
    pid=$(identity "$HOME/n/a1b2c3d4e5f6" | cut -d' ' -f1)
    tr '\\0' ' ' <"/proc/$pid/cmdline" | grep -q -- "--port $port .*--upgrade-channel beta" && echo its port and channel
    tr '\\0' '\\n' <"/proc/$pid/environ" | grep ANT_
    before=$(identity "$HOME/n/node-1"; identity "$HOME/n/a1b2c3d4e5f6")
    wnm --release | head -1
    [ "$before" = "$(identity "$HOME/n/node-1"; identity "$HOME/n/a1b2c3d4e5f6")" ] && echo run on`);
  expect(said).toContain("2 nodes, run by setsid+user");
  expect(said).toMatch(/antnode0001 {2}RUNNING, process \d+, version 0\.23\.1, port 12001,/);
  expect(said).toMatch(/antnode0002 {2}RUNNING, process \d+, version 0\.23\.1, port \d{5},/);
  expect(said).toMatch(/Left out:\n {2}process \d+: its folder other is not a full, plain path/);
  expect(said).toContain("start_args --upgrade-channel beta\n  node_channel beta");
  const lines = said.trimEnd().split("\n");
  for (const line of [
    "the same processes",
    "still the same",
    "its port and channel",
    "ANT_LOG_FORMAT=json",
    "run on",
  ])
    expect(lines).toContain(line);
});
