import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ANY_LOAD, type ColonyMachine, colonyMachine } from "./colony.ts";
import { until } from "./machine.ts";

const BUILD_MS = 600_000;
const WAIT_MS = 120_000;

setDefaultTimeout(300_000);

/** Where each mode keeps its files, and how its systemd is called. */
const MODES = [
  {
    mode: "systemd+sudo",
    systemctl: "systemctl",
    units: "/etc/systemd/system",
    base: "/var/antctl/services",
    logs: "/var/log/antnode",
    modes: ["2751", "2750"],
  },
  {
    mode: "systemd+user",
    systemctl: "XDG_RUNTIME_DIR=/run/user/$(id -u op) runuser -u op -- systemctl --user",
    units: "/home/op/.config/systemd/user",
    base: "/home/op/.local/share/autonomi/node",
    logs: "/home/op/.local/share/autonomi/logs",
    modes: ["700", "700"],
  },
] as const;

/** What a node that was taken over tries; each line is a name and a command that must fail. */
const TRIES: Readonly<Record<string, string>> = {
  "read the operator's key": "cat /home/op/.ssh/id",
  "list the operator's home": "ls /home/op/.ssh",
  "read another node's key": "cat $BASE/antnode0002/secret-key",
  "list other nodes": "ls $BASE/antnode0002",
  "read another node's log folder": "ls $LOGS/antnode0002",
  "read another node's key by its process":
    "for p in /proc/[0-9]*; do cat $p/root$BASE/antnode0002/secret-key && exit; done; false",
  "read the operator's key by a process":
    "for p in /proc/[0-9]*; do cat $p/root/home/op/.ssh/id && exit; done; false",
  "read another node's variables":
    'for p in /proc/[0-9]*; do tr "\\0" "\\n" <$p/environ | grep -q antnode0002 && exit; done; false',
  "write the operator's crontab": "crontab -l || echo x | crontab -",
  "ask the operator's systemd": "ls /run/user/$OP/bus || ls /run/user/$OP/systemd/private",
};

/** What it may write freely, as long as nobody else sees it. */
const WRITES: readonly string[] = [
  "/home/op/.profile",
  "/home/op/.local/bin/x",
  "$BASE/x",
  "/tmp/x",
  "/var/tmp/x",
];

describe.each(MODES)("a node of $mode", ({ mode, systemctl, units, base, logs, modes }) => {
  let m: ColonyMachine;

  beforeAll(async () => {
    m = await colonyMachine(mode.replace("+", "-"));
    await m.sh(`mkdir -p /home/op/.ssh /home/op/.local/bin && echo secret >/home/op/.ssh/id
      echo : >/home/op/.profile && chown -R op: /home/op && chmod 700 /home/op/.ssh && loginctl enable-linger op
      echo 'op ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/op`);
    await until(async () => (await m.sh("ls /run/user/$(id -u op)/bus")) !== "", "op has a bus", WAIT_MS);
    const account = mode.endsWith("+sudo") ? ["--create_user"] : [];
    const init = ["--init", `--process_manager=${mode}`, ...ANY_LOAD, ...account, "--firewall=none"];
    const args = [...init, "--node_cap=2", "--environment=TOKEN='a \"b\" $c'", "--delay_start=0"];
    const { code, stderr } = await m.wnm(args, "op");
    expect(code, stderr).toBe(0);
    const added = await m.wnm(["--force_action=add", "--count=2"], "op");
    expect(added.code, added.stderr).toBe(0);
  }, BUILD_MS);
  afterAll(() => m?.stop());

  test("reaches neither the operator's home nor another node", async () => {
    const tries = Object.entries(TRIES).map(
      ([what, command]) => `if (${command}) >/dev/null 2>&1; then echo "DONE: ${what}"; fi`,
    );
    const env = `BASE=${base}; LOGS=${logs}; OP=$(id -u op)`;
    const writes = WRITES.map((path) => `(echo planted >>${path}) 2>/dev/null`);
    const script = [
      env,
      ...writes,
      ...tries,
      'cat "$BASE/antnode0001/own" >/dev/null && echo "own file read"',
    ];
    await m.writeFile(
      `${base}/antnode0001/probe.sh`,
      `exec >${base}/antnode0001/probe.txt\n${script.join("\n")}\n`,
      0o644,
    );
    await m.writeFile(
      `${units}/antnode0001.service.d/probe.conf`,
      `[Service]\nExecStartPre=-/bin/sh ${base}/antnode0001/probe.sh\n`,
      0o644,
    );
    const owner = mode === "systemd+sudo" ? "ant" : "op";
    await m.sh(`echo own >${base}/antnode0001/own; echo key >${base}/antnode0002/secret-key
      chown ${owner} ${base}/antnode0001/own ${base}/antnode0002/secret-key; chmod 600 ${base}/antnode0002/secret-key
      ${systemctl} daemon-reload; ${systemctl} restart antnode0001`);
    await until(
      async () => (await m.sh(`${systemctl} is-active antnode0001`)) === "active",
      "antnode0001 is up again",
      WAIT_MS,
    );
    expect(await m.sh(`cat ${base}/antnode0001/probe.txt`)).toBe("own file read");
    expect(await m.sh(`BASE=${base}; grep -s planted ${WRITES.join(" ")} || true`)).toBe("");
  });

  test("has closed folders, and its variables in a file that only its keeper reads", async () => {
    const closed = await m.sh(`stat -c %a ${base}/antnode0001 ${logs}/antnode0001`);
    expect(closed.split("\n")).toEqual([...modes]);
    expect(await m.sh(`stat -c %a ${units}/antnode0001.env`)).toBe("600");
    expect(await m.sh(`${systemctl} show antnode0001; cat ${units}/antnode0001.service`)).not.toContain(
      "TOKEN",
    );
    const pid = await m.sh(`${systemctl} show --value -p MainPID antnode0001`);
    expect(await m.sh(`tr '\\0' '\\n' </proc/${pid}/environ | grep ^TOKEN=`)).toBe(`TOKEN=a "b" $c`);
    expect(await m.sh(`tr '\\0' '\\n' </proc/${pid}/status | grep ^Umask`)).toMatch(/00[27]7$/);
  });

  test("is still observed by wnm, and is removed without a trace", async () => {
    const { code, stderr } = await m.wnm([], "op");
    expect(code, stderr).toBe(0);
    expect(await m.statuses("op")).toEqual({ antnode0001: "RUNNING", antnode0002: "RUNNING" });
    const removed = await m.wnm(["--force_action=remove", "--service_name=antnode0001,antnode0002"], "op");
    expect(removed.code, removed.stderr).toBe(0);
    expect(await m.sh(`ls ${base} ${logs} ${units}`)).not.toMatch(/antnode000\d(\.env|\.service\s|$)/m);
  });
});
