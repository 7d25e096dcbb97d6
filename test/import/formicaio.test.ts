import { expect, setDefaultTimeout, test } from "bun:test";
import { inBox } from "./box.ts";

setDefaultTimeout(600_000);

test("Formicaio's native nodes come over once it is stopped, and lie where it finds them again", async () => {
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
    /- Formicaio \(process \d+\) runs .* stop it first, its nodes go on without it: kill \d+/,
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
