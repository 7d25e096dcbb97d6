import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ANY_LOAD, type ColonyMachine, colonyMachine } from "./colony.ts";

const BUILD_MS = 600_000;
const NODES = 200;
/** The number of programs that wnm may call in one run, whatever the number of nodes. */
const HANDFUL = 10;

setDefaultTimeout(300_000);

/** Light enough for hundreds on one machine: it reports about itself what an antnode does, and then stays alive. */
const LIGHT_ANTNODE = `#!/bin/sh
echo "antnode $1" >>/run/children
case $1 in
  --version) echo "Autonomi Node v0.4.17" ;;
  --help)
    for flag in root-dir port enable-metrics-server metrics-server-port log-output-dest rewards-address no-upnp stop-on-upgrade; do
      echo "      --$flag"
    done ;;
  *) exec sleep infinity ;;
esac
`;

/** Precedes the real program in the search path and records each call. */
const COUNTED = `#!/bin/sh
echo "$0 $1" >>/run/children
for folder in /usr/sbin /usr/bin; do
  [ ! -x "$folder/\${0##*/}" ] || exec "$folder/\${0##*/}" "$@"
done
`;

/** Writes the rules that this many starts leave, as `ufw allow PORT/udp comment NAME` does, and enables ufw. */
const OPENED = `
for n in $(seq ${NODES}); do
  name=$(printf 'antnode%04d' "$n")
  printf '### tuple ### allow udp %d 0.0.0.0/0 any 0.0.0.0/0 in comment=%s\\n' $((55000 + n)) "$(printf %s "$name" | od -An -tx1 | tr -d ' \\n')"
  printf -- '-A ufw-user-input -p udp --dport %d -j ACCEPT\\n\\n' $((55000 + n))
done >/run/rules
sed -i '/^### RULES ###$/r /run/rules' /etc/ufw/user.rules
ufw --force enable
`;

/** Root has sudo's mode without sudo: only the programs that wnm itself calls are counted here. */
describe(`a machine of ${NODES} units`, () => {
  let m: ColonyMachine;
  const childrenOf = async (...args: readonly string[]): Promise<readonly string[]> => {
    await m.sh(": >/run/children");
    const { code, stderr } = await m.wnm(args);
    expect(code, stderr).toBe(0);
    return (await m.sh("cat /run/children"))
      .split("\n")
      .filter((line) => line.startsWith("/usr/local/sbin/"));
  };
  const active = async () =>
    Number(await m.sh("systemctl list-units --no-legend --state=active 'antnode*' | wc -l"));

  beforeAll(async () => {
    m = await colonyMachine("full-machine");
    await m.writeFile("/root/.local/bin/antnode", LIGHT_ANTNODE, 0o755);
    for (const program of ["systemctl", "install", "mv", "rm", "ufw", "env", "kill"])
      await m.writeFile(`/usr/local/sbin/${program}`, COUNTED, 0o755);
    await m.sh(": >/run/children; chmod 666 /run/children");
    const many = [`--node_cap=${NODES}`, "--max_concurrent_starts=500", "--max_concurrent_operations=500"];
    const init = await m.wnm(["--init", "--process_manager=systemd+sudo", ...ANY_LOAD, ...many]);
    expect(init.code, init.stderr).toBe(0);
    const filled = await m.wnm(["-q", "--force_action=add", `--count=${NODES}`]);
    expect(filled.code, filled.stderr).toBe(0);
  }, BUILD_MS);
  afterAll(() => m?.stop());

  test("is surveyed with a handful of calls", async () => {
    expect(await active()).toBe(NODES);
    expect((await childrenOf("-q")).length).toBeLessThanOrEqual(HANDFUL);
    expect(Object.keys(await m.statuses()).length).toBe(NODES);
  });

  test("is started with a handful of calls, even if ufw guards every port", async () => {
    await m.sh(OPENED);
    expect(await m.sh("ufw show added | grep -c antnode")).toBe(String(NODES));
    await m.sh("systemctl stop 'antnode*'");
    expect(await active()).toBe(0);
    const calls = await childrenOf("-q");
    expect(await active()).toBe(NODES);
    expect(calls.filter((call) => call.includes("ufw"))).toEqual(["/usr/local/sbin/ufw show"]);
    expect(calls.length).toBeLessThanOrEqual(HANDFUL);
    await m.sh("ufw disable");
  });

  test("is started with a handful of calls and one daemon-reload after every unit has changed", async () => {
    await m.sh("systemctl stop 'antnode*'; systemctl reset-failed");
    await m.sh(
      "sed -i 's/^RestartSec=.*/RestartSec=99/' /etc/systemd/system/antnode*.service; systemctl daemon-reload",
    );
    const calls = await childrenOf("-q", "--force_action=start", `--count=${NODES}`);
    expect(calls.filter((call) => call.includes("daemon-reload")).length).toBe(1);
    // It takes two calls to write one unit.
    expect(calls.length).toBeLessThanOrEqual(HANDFUL + 2 * NODES);
    expect(await active()).toBe(NODES);
  });
});
