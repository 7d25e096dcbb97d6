import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ANY_LOAD, type ColonyMachine, colonyMachine } from "./colony.ts";
import { until } from "./machine.ts";

const BUILD_MS = 300_000;
const WAIT_MS = 60_000;
const KILLED = 137;

setDefaultTimeout(280_000);

/** Stands before the real program in the search path, and kills wnm instead of the call that /run/kill-at counts to. */
const DEADLY = `#!/bin/sh
calls=$(($(cat /run/calls) + 1))
echo $calls >/run/calls
if [ "$calls" = "$(cat /run/kill-at)" ]; then
  kill -9 $PPID
  exit 1
fi
exec "/usr/bin/\${0##*/}" "$@"
`;

/** A line each: nodes with a unit, nodes enabled, nodes with a folder, nodes that run. */
const FOUND = `
cd /etc/systemd/system && echo antnode*.service | sed 's/[.]service//g'
cd multi-user.target.wants && echo antnode*.service | sed 's/[.]service//g'
cd /var/antctl/services && echo antnode*
/usr/bin/systemctl list-units --plain --no-legend --state=active 'antnode*' | cut -d. -f1 | xargs
`;

describe("wnm killed between any two calls of systemd+sudo", () => {
  let m: ColonyMachine;
  const wnm = async (...args: readonly string[]) => {
    const { code, stderr } = await m.wnm(["-q", ...args]);
    expect([0, KILLED], stderr).toContain(code);
    return code;
  };
  const dieAt = (call: number) => m.sh(`echo 0 >/run/calls; echo ${call} >/run/kill-at`);
  beforeAll(async () => {
    m = await colonyMachine("killed");
    for (const program of ["systemctl", "install", "mv", "rm"])
      await m.writeFile(`/usr/local/sbin/${program}`, DEADLY, 0o755);
    await dieAt(0);
    await wnm("--init", "--process_manager=systemd+sudo", ...ANY_LOAD, "--node_cap=1");
  }, BUILD_MS);
  afterAll(() => m?.stop());

  /** Database, units, folders and systemd tell the same story, after as many plain runs as it takes. */
  const agrees = async (wanted: string) => {
    await wnm();
    const said = Object.keys(await m.statuses()).join(" ");
    return said === wanted && (await m.sh(FOUND)).split("\n").every((line) => line === wanted);
  };

  for (const action of ["add", "stop", "remove"] as const) {
    test(`while it does ${action}: the next runs end what it began`, async () => {
      let kills = 0;
      for (let call = 1; ; call++) {
        if (action !== "add") await until(() => agrees("antnode0001"), "one node runs", WAIT_MS);
        await dieAt(call);
        const code = await wnm(`--force_action=${action}`, ...(action === "add" ? [] : ["--service_name=1"]));
        await dieAt(0);
        await until(() => agrees("antnode0001"), `one node runs after call ${call}`, WAIT_MS);
        if (code !== KILLED) break;
        kills++;
        if (action === "add") await wnm("--force_action=remove", "--service_name=1");
      }
      expect(kills).toBeGreaterThan(1);
    });
  }
});
