import { expect, setDefaultTimeout, test } from "bun:test";
import { dirname, join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { compiledWnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

const WORLD = join(import.meta.dir, "world.sh");

/** Runs the scenario in its own machine; returns the lines it printed. */
async function inWorld(scenario: string): Promise<readonly string[]> {
  const wnm = await compiledWnm();
  const antnode = await buildAntnode(join(dirname(wnm), "antnode"));
  const child = Bun.spawn(
    [
      ...["unshare", "-m", "-p", "-n", "--fork", "--kill-child", "--mount-proc"],
      ...["bash", WORLD, wnm, antnode, scenario],
    ],
    {
      env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`the scenario ended with ${code}: ${stdout}${stderr}`);
  return stdout.trimEnd().split("\n");
}

const SUDO_MODE = `DB=/var/antctl/colony.db; init --process_manager setsid+sudo --node_cap 2 || exit 9`;
const USER_MODE = `DB=$W/home/.local/share/autonomi/colony.db; init --process_manager setsid+user --node_cap 2 || exit 9`;
const ADD_TWO = `wnm --force_action add --count 2; wnm`;
const TWO_RUN = ["1 RUNNING 0 lives", "2 RUNNING 0 lives"];

for (const hidepid of [1, 2, 4]) {
  test(`with hidepid=${hidepid} the nodes' account is asked, and nodes are started, observed, stopped and removed as elsewhere`, async () => {
    const said = await inWorld(`hide ${hidepid}; ${SUDO_MODE}; ${ADD_TWO}; nodes
      wnm --force_action stop --service_name antnode0001; living
      wnm --force_action remove --service_name antnode0001; living; ls /var/antctl/services; nodes`);
    expect(said).toEqual([
      ...["exit 0", "exit 0", "exit 0", ...TWO_RUN],
      ...["exit 0", "antnode0002"],
      ...["exit 0", "antnode0002", "antnode0002", "2 RUNNING 0 lives"],
    ]);
  });
}

test("where processes are hidden, nothing is concluded, started or deleted, and the operator gets a finding", async () => {
  const said = await inWorld(`${SUDO_MODE}; ${ADD_TWO}; hide 2; echo ant >$W/denied
    wnm; says "cannot be seen whether antnode0001, antnode0002 run"; nodes
    wnm --force_action remove --service_name antnode0001
    says "unknown whether antnode0001 runs"; nodes; living; ls /var/antctl/services
    rm $W/denied; wnm --force_action remove --service_name antnode0001; living; ls /var/antctl/services`);
  expect(said).toEqual([
    ...["exit 0", "exit 0", "exit 0"],
    ...["exit 3", "it says so", ...TWO_RUN],
    ...["exit 1", "it says so", ...TWO_RUN],
    ...["antnode0001", "antnode0002", "antnode0001", "antnode0002"],
    ...["exit 0", "antnode0002", "antnode0002"],
  ]);
});

test("a stopped node is not started while it is unknown whether it runs", async () => {
  const said = await inWorld(`${SUDO_MODE}; ${ADD_TWO}; wnm --force_action stop --service_name antnode0001
    hide 2; echo ant >$W/denied; wnm --force_action start --service_name antnode0001
    says "unknown whether antnode0001 runs"; nodes`);
  expect(said.slice(4)).toEqual([...["exit 1", "it says so", "1 STOPPED 0 none", "2 RUNNING 0 lives"]]);
});

test("an account sees its own nodes even if other processes are hidden", async () => {
  const said = await inWorld(`hide 1; ${USER_MODE}; ${ADD_TWO}; hide 4; wnm; nodes
    slay $(pid_of 1); wnm; nodes; wnm --force_action remove --service_name antnode0001; living`);
  expect(said).toEqual([
    ...["exit 0", "exit 0", "exit 0", "exit 0", ...TWO_RUN],
    ...["exit 0", "1 RESTARTING 1 lives", "2 RUNNING 0 lives", "exit 0", "antnode0002"],
  ]);
});

test("without a boot id, nodes are recognised by pid, start time and folder", async () => {
  const said = await inWorld(`${USER_MODE}; ${ADD_TWO}; mount -t tmpfs none /proc/sys/kernel/random
    wnm; nodes; wnm --force_action remove --service_name antnode0001; living; ls $W/home/.local/share/autonomi/node
    slay $(pid_of 2); wnm --force_action start --service_name antnode0002
    umount /proc/sys/kernel/random; wnm; nodes | grep ^2`);
  expect(said).toEqual([
    ...["exit 0", "exit 0", "exit 0"],
    ...["exit 0", ...TWO_RUN],
    ...["exit 0", "antnode0002", "antnode0002"],
    ...["exit 0", "exit 0", "2 RUNNING 1 lives"],
  ]);
});

/** Another account's process with the node's own arguments on its command line. */
const stranger = (id: number) =>
  `setpriv --reuid 65534 --regid 65534 --clear-groups bash -c "exec -a $N/antnode000${id}/antnode sh -c 'sleep 600; :' --root-dir $N/antnode000${id}" & STRANGER=$!
   until_ok grep -q root-dir /proc/$STRANGER/cmdline`;

test("another account's process with a node's command line is not that node, and does not prevent it from being stopped, upgraded or removed", async () => {
  const said = await inWorld(`${USER_MODE}; ${ADD_TWO}; N=$W/home/.local/share/autonomi/node
    ${stranger(1)}; slay $(pid_of 1); wnm; nodes; [ $(pid_of 1) = $STRANGER ] && echo "it is taken for the node"
    ${stranger(2)}; wnm --force_action stop --service_name antnode0002; nodes
    wnm --force_action remove --service_name antnode0002; ls $N; kill -0 $STRANGER && echo "it lives"`);
  expect(said).toEqual([
    ...["exit 0", "exit 0", "exit 0"],
    ...["exit 0", "1 RESTARTING 1 lives", "2 RUNNING 0 lives"],
    ...["exit 0", "1 RUNNING 1 lives", "2 STOPPED 0 none"],
    ...["exit 0", "antnode0001", "it lives"],
  ]);
});

test("another process that answers on a dead node's port does not pass for the node and is reported", async () => {
  const said = await inWorld(`${USER_MODE}; ${ADD_TWO}; mkdir -m 777 $W/other; slay $(pid_of 1)
    until_ok bash -c "! (exec 3<>/dev/tcp/127.0.0.1/23001)"
    setpriv --reuid 65534 --regid 65534 --clear-groups env -i HOME=$W/other PATH=/usr/bin $W/bin/antnode --root-dir $W/other --port 46001 \
      --enable-metrics-server --metrics-server-port 23001 --rewards-address 0x1111111111111111111111111111111111111111 \
      --no-upnp evm-arbitrum-one >/dev/null 2>&1 &
    until_ok bash -c "exec 3<>/dev/tcp/127.0.0.1/23001"
    wnm; says "antnode0001 has no process, and another process answers on its port 23001"; nodes
    wnm --json; says "another process answers on its port 23001"; nodes
    wnm --report node-status >/dev/null; grep -c RUNNING $W/said`);
  expect(said).toEqual([
    ...["exit 0", "exit 0", "exit 0"],
    ...["exit 3", "it says so", "1 STOPPED 2 none", "2 RUNNING 0 lives"],
    ...["exit 3", "it says so", "1 STOPPED 2 none", "2 RUNNING 0 lives"],
    ...["1"],
  ]);
});

/** The program is a script that runs the real one, $REAL, in some way. */
const wrapper = (script: string) =>
  `mkdir -p $W/real; cp $W/bin/antnode $W/real/antnode-0.4.17
   printf '%s\\n' '#!/bin/sh' "REAL=$W/real/antnode-0.4.17" '[ "$1" = --version -o "$1" = --help ] && exec $REAL "$1"' '${script}' >$W/home/.local/bin/antnode`;

for (const [how, script] of [
  ["becomes the real program", 'exec nice -n 1 $REAL "$@"'],
  ["waits for the real program", '$REAL "$@"'],
  ["leaves the real program behind", 'setsid $REAL "$@" &'],
] as const) {
  for (const mode of [USER_MODE, SUDO_MODE]) {
    const manager = mode === USER_MODE ? "setsid+user" : "setsid+sudo";
    test(`a node program that is a script and ${how} works like any other (${manager})`, async () => {
      const said = await inWorld(`${wrapper(script)}; ${mode}; ${ADD_TWO}; wnm; nodes
        living | sort -u; wnm --force_action stop --service_name antnode0001; living | sort -u; nodes
        wnm --force_action remove --service_name antnode0002; living`);
      expect(said.filter((line) => line !== "")).toEqual([
        ...["exit 0", "exit 0", "exit 0", "exit 0", ...TWO_RUN, "antnode0001", "antnode0002"],
        ...["exit 0", "antnode0002", "1 STOPPED 0 none", "2 RUNNING 0 lives", "exit 0"],
      ]);
    });
  }
}

/** Ends once the scenario allows it, however long wnm takes to start the node. */
const UNTIL_TOLD = "until [ -e /var/go ]; do sleep 0.1; done";

for (const [where, script] of [
  ["in its group", `sh -c "sleep 987; :" & ${UNTIL_TOLD}`],
  ["in a session of its own", `setsid sh -c "sleep 987; :" & ${UNTIL_TOLD}`],
] as const) {
  test(`a process that a script leaves ${where} is the node, until it is stopped`, async () => {
    const said = await inWorld(`${wrapper(script)}; ${USER_MODE}
      wnm --force_action add; touch /var/go; until_ok eval "! kill -0 $(pid_of 1)"; wnm --force_action survey; nodes | cut -d" " -f1-3
      wnm --force_action stop --service_name antnode0001; pgrep -fxc "sleep 987" || true; nodes`);
    expect(said).toEqual([
      ...["exit 0", "exit 0", "exit 0", "1 RUNNING 0"],
      ...["exit 0", "0", "1 STOPPED 0 none"],
    ]);
  });
}

for (const [what, script] of [
  ["something unknown", 'setsid sh -c "sleep 987; :" &'],
  // The session's leader ends, so each process is ended individually, and the shell starts another one meanwhile.
  [
    "what starts another process as it ends",
    `setsid sh -c "sh -c \\"trap \\\\\\"sleep 987 & exit\\\\\\" TERM; sleep 986 & wait\\" &" & sleep 0.2`,
  ],
] as const) {
  test(`if a program leaves ${what} behind, it does not outlive the node`, async () => {
    const said = await inWorld(`${wrapper(script)}; ${USER_MODE}
      wnm --force_action add >/dev/null; wnm --force_action remove >/dev/null; nodes
      pgrep -fxc "sleep 98[67]" || true; ls $W/home/.local/share/autonomi/node`);
    expect(said).toEqual(["exit 0", "0"]);
  });
}
