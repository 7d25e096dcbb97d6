import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { dirname, join } from "node:path";
import { withoutWal } from "../../src/store/backup.ts";
import { buildAntNode, buildAntnode } from "../fixtures/build-antnode.ts";
import { documented } from "../readme/commands.ts";
import { compiledWnm, ROOMY } from "../support/wnm.ts";
import { type Machine, machine, type Result, until } from "./machine.ts";

const BUILD_MS = 600_000;
const WAIT_MS = 120_000;
const WALLET = "0x1111111111111111111111111111111111111111";

setDefaultTimeout(300_000);

let m: Machine;

beforeAll(async () => {
  const program = await compiledWnm();
  const antnode = await buildAntnode(join(dirname(program), "antnode"));
  const antNode = await buildAntNode(join(dirname(program), "ant-node-0.23.1/ant-node"), "0.23.1");
  m = await machine("import", {
    binds: [
      { host: program, inside: "/usr/local/bin/wnm", readOnly: true },
      { host: antnode, inside: "/usr/local/bin/antnode", readOnly: true },
      { host: antNode, inside: "/usr/local/bin/ant-node", readOnly: true },
      {
        host: join(dirname(antNode), "bootstrap_peers.toml"),
        inside: "/usr/local/bin/bootstrap_peers.toml",
        readOnly: true,
      },
    ],
  });
  await ok(["loginctl", "enable-linger", "ant"]);
}, BUILD_MS);
afterAll(() => m?.stop());

type Who = "ant" | undefined;

const run = (argv: readonly string[], user: Who = undefined): Promise<Result> =>
  m.exec(argv, { ...(user === undefined ? {} : { user }), timeout_ms: 240_000 });

async function ok(argv: readonly string[], user: Who = undefined): Promise<string> {
  const { code, stdout, stderr } = await run(argv, user);
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${code}: ${stdout}${stderr}`);
  return stdout;
}

const shell = (script: string, user: Who = undefined): Promise<string> => ok(["bash", "-ec", script], user);

/** Every living antnode as "pid start-time", so that a restarted one is a different one. */
const nodes = async (): Promise<string> =>
  (
    await ok([
      "bash",
      "-c",
      'for p in $(pgrep -x antnode); do echo "$p $(cut -d" " -f22 /proc/$p/stat)"; done',
    ])
  ).trim();

const allAnswer = (ports: readonly number[]): Promise<unknown> =>
  until(
    async () => {
      for (const port of ports)
        if ((await run(["bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`])).code !== 0) return false;
      return true;
    },
    "the nodes to answer",
    WAIT_MS,
  );

type Row = Readonly<Record<string, unknown>>;

/** The node rows of a database inside the machine. */
async function rowsIn(database: string): Promise<readonly Row[]> {
  const bytes = Buffer.from(await ok(["base64", database]), "base64");
  using db = Database.deserialize(withoutWal(bytes));
  return db.query<Row, []>("SELECT * FROM node ORDER BY id").all();
}

/** A unit as Python wnm 0.5.0 writes it, with quotes around paths with spaces, which the operator has to add. */
const unitText = (id: number, storage: string, extra = ""): string => `[Unit]
Description=antnode000${id}
[Service]
${extra}
ExecStart="${storage}/antnode000${id}/antnode" --root-dir "${storage}/antnode000${id}" --port 5500${id} --enable-metrics-server --metrics-server-port 1300${id} --log-output-dest "${storage}/logs.d/antnode000${id}" --max-log-files 1 --no-upnp --rewards-address ${WALLET} evm-arbitrum-one
Restart=always
#RestartSec=300
`;

describe("nodes of systemd's user units", () => {
  const storage = "/home/ant/my nodes/disk-1.old";

  beforeAll(async () => {
    for (const id of [1, 2, 3]) {
      const unit = `/home/ant/.config/systemd/user/antnode000${id}.service`;
      await m.writeFile(unit, unitText(id, storage, 'Environment="ANT_LOG=a b"'));
      await shell(
        `mkdir -p '${storage}/antnode000${id}' '${storage}/logs.d/antnode000${id}'; cp /usr/local/bin/antnode '${storage}/antnode000${id}/'`,
      );
    }
    await ok(["chown", "-R", "ant:ant", "/home/ant"]);
    await shell("systemctl --user daemon-reload; systemctl --user start antnode0001 antnode0002", "ant");
    await allAnswer([13_001, 13_002]);
  });
  afterAll(async () => {
    await shell("systemctl --user stop antnode0001 antnode0002", "ant");
    await shell(`rm -rf /home/ant/.config/systemd /home/ant/.local '${storage}'; crontab -u ant -r || true`);
  });

  test("are shown by a dry run that changes nothing", async () => {
    const before = await nodes();
    expect(await shell(documented("wnm --help taking_over"), "ant")).toContain(
      "wnm --init --import --dry_run",
    );
    const shown = await shell(documented("wnm --init --import --dry_run"), "ant");
    expect(shown).toContain("3 nodes, run by systemd+user");
    expect(shown).toContain("antnode0002  RUNNING, process ");
    expect(shown).toContain("antnode0003  STOPPED");
    expect(shown).toContain("port_start 55");
    expect(shown).not.toContain("Left out");
    expect((await run(["test", "-e", "/home/ant/.local/share/autonomi"])).code).toBe(1);
    expect(await nodes()).toBe(before);
  });

  test("are refused with a list while they disagree about their ports", async () => {
    const unit = "/home/ant/.config/systemd/user/antnode0003.service";
    await m.writeFile(unit, unitText(3, storage).replace("55003", "61234"));
    const { code, stderr } = await run(["wnm", "--init", "--import"], "ant");
    expect(code).toBe(5);
    expect(stderr).toContain("port_start: the nodes disagree");
    expect(stderr).toContain("antnode0003 61234");
    await m.writeFile(unit, unitText(3, storage));
    await ok(["chown", "ant:ant", unit]);
  });

  test("are not imported by a call that would replace them without --confirm", async () => {
    for (const dry of [["--dry_run"], []]) {
      const { code, stderr } = await run(
        ["wnm", "--init", "--import", "--replace_generation", ...dry],
        "ant",
      );
      expect([code, stderr]).toEqual([5, expect.stringContaining("starts in a run of its own")]);
    }
    expect((await run(["test", "-e", "/home/ant/.local/share/autonomi/colony.db"])).code).toBe(1);
  });

  test("are imported as they run, and stay the same after a run and after a release", async () => {
    const before = await nodes();
    await ok(["wnm", "--init", "--import", "--node_cap=3", ...ROOMY], "ant");
    expect(await nodes()).toBe(before);
    const rows = await rowsIn("/home/ant/.local/share/autonomi/colony.db");
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      service: "antnode0001.service",
      manager_type: "systemd+user",
      root_dir: `${storage}/antnode0001`,
      log_dir: `${storage}/logs.d/antnode0001`,
      binary: `${storage}/antnode0001/antnode`,
      port: 55_001,
      metrics_port: 13_001,
      wallet: WALLET,
      network: "evm-arbitrum-one",
      version: "0.4.17",
      user: "ant",
      status: "RUNNING",
      environment: 'ANT_LOG="a b"',
    });
    expect(String(rows[0]?.peer_id)).toStartWith("12D3Koo");
    const key = await ok(["stat", "-c", "%Y", `${storage}/antnode0001/secret-key`]);
    expect(Number(rows[0]?.age)).toBe(Number(key));
    expect(rows[2]).toMatchObject({ status: "STOPPED" });

    // The running nodes exceed the cap by one only if the stopped node counts; its logs are where wnm does not delete.
    // The first run takes the node out of service, and the next one deletes its folder.
    await ok(["wnm", "--node_cap=2"], "ant");
    await ok(["wnm"], "ant");
    expect((await run(["test", "-e", `${storage}/antnode0003`])).code).toBe(1);
    expect((await run(["test", "-e", `${storage}/logs.d/antnode0003`])).code).toBe(0);
    expect((await nodes()).split("\n")).toEqual(before.split("\n"));

    const mark = "# wnm: put here by its install.sh";
    const others = ["PATH=/usr/local/bin:/bin", "0 0 1 1 * /bin/true", "0 0 1 1 * /opt/python/bin/wnm"];
    const ours = [`* * * * * /usr/bin/env -i /usr/local/bin/wnm ${mark}`, "@daily cd / && wnm >>/tmp/x 2>&1"];
    await shell(
      `printf '%s\\n' ${[...others, ...ours].map((line) => `'${line}'`).join(" ")} | crontab -`,
      "ant",
    );
    const said = await ok(["wnm", "--release"], "ant");
    expect((await ok(["crontab", "-l"], "ant")).trim().split("\n")).toEqual(others);
    expect(said).toMatch(/^Left in place .*\n {2}crontab: 0 0 1 1 \* \/opt\/python\/bin\/wnm$/m);
    expect(said).toContain("/home/ant/.local/share/autonomi/colony.db");
    expect(said).toContain(
      `antnode0001  RUNNING, systemd+user antnode0001.service, port 55001, ${storage}/antnode0001`,
    );
    expect(await nodes()).toBe(before);
    expect((await run(["ls", "/home/ant/.local/share/autonomi"])).stdout).not.toContain("wal");
  });

  test("a second import does not overwrite the colony", async () => {
    const { code, stderr } = await run(["wnm", "--init", "--import"], "ant");
    expect(code).toBe(1);
    expect(stderr).toContain("already initialized");
  });
});

describe("nodes that run as plain processes", () => {
  const storage = "/home/ant/.local/share/autonomi/node";

  beforeAll(async () => {
    for (const id of [1, 2]) {
      const folder = `${storage}/antnode000${id}`;
      // The second node's program has a different name, so only its pid file identifies it.
      const program = id === 1 ? "antnode" : "an-ant-0.4";
      await shell(
        `mkdir -p ${folder}; cp /usr/local/bin/antnode ${folder}/${program}
         setsid -f ${folder}/${program} --root-dir ${folder} --port 4500${id} --metrics-server-port 1400${id} --enable-metrics-server --relay --log-output-dest ${folder}/logs --rewards-address ${WALLET} evm-arbitrum-one >/dev/null 2>&1 </dev/null`,
        "ant",
      );
    }
    await allAnswer([14_001, 14_002]);
    await until(
      async () => (await run(["test", "-s", `${storage}/antnode0002/antnode.pid`])).code === 0,
      "pid file",
      WAIT_MS,
    );
  });
  afterAll(async () => {
    await shell(`for f in ${storage}/*/antnode.pid; do kill -9 $(cat $f); done; rm -rf /home/ant/.local`);
  });

  test("are found through /proc and their pid files, with the flags that they share", async () => {
    await shell(documented("wnm --init --import"), "ant");
    const rows = await rowsIn("/home/ant/.local/share/autonomi/colony.db");
    expect(rows.map((row) => [row.port, row.status, row.manager_type])).toEqual([
      [45_001, "RUNNING", "setsid+user"],
      [45_002, "RUNNING", "setsid+user"],
    ]);
    const config = JSON.parse(await ok(["wnm", "--report", "machine-config", "--json", "-q"], "ant"));
    expect(config).toMatchObject({
      port_start: 45,
      metrics_port_start: 14,
      process_manager: "setsid+user",
      start_args: "--relay",
      rewards_address: WALLET,
      node_storage: storage,
    });
  });
});

describe("ant-nodes in units by any author", () => {
  const home = "/home/ant/.ant-node";
  const folder = "/home/ant/.config/systemd/user";
  /** A unit as anm2.sh writes it. */
  const anm2 = `[Unit]
Description=Ant Node 3
After=network-online.target

[Service]
Type=simple
ExecStart=${home}/node-3/ant-node \\
    --root-dir ${home}/node-3 \\
    --port 12002 \\
    --rewards-address ${WALLET} \\
    --upgrade-channel stable \\
    --stop-on-upgrade \\
    --enable-logging \\
    --log-level info \\
    --log-dir ${home}/logs-ram/node-3 \\
    --log-max-files 7
Restart=on-failure
RestartSec=10s

[Install]
WantedBy=default.target
`;
  /** One that shares its program, chooses its port, and sets the rest through variables. */
  const other = `[Service]
Environment=ANT_REWARDS_ADDRESS=${WALLET} ANT_IPV4_ONLY=true
ExecStart=/usr/local/bin/ant-node --root-dir /home/ant/other/a1b2 --log-max-files 7
Restart=always
`;
  const antNodes = async (): Promise<string> =>
    (await shell('for p in $(pgrep -x ant-node); do echo "$p $(cut -d" " -f22 /proc/$p/stat)"; done')).trim();

  beforeAll(async () => {
    await m.writeFile(`${folder}/ant-node-3.service`, anm2);
    await m.writeFile(`${folder}/other.service`, other);
    await shell(
      `mkdir -p ${home}/node-3 ${home}/logs-ram/node-3 /home/ant/other/a1b2; cp /usr/local/bin/{ant-node,bootstrap_peers.toml} ${home}/node-3; chown -R ant:ant /home/ant`,
    );
    await shell("systemctl --user daemon-reload; systemctl --user start ant-node-3 other", "ant");
    for (const path of [`${home}/node-3`, "/home/ant/other/a1b2"])
      await until(
        async () => (await run(["test", "-e", `${path}/webrtc-direct.multiaddr`])).code === 0,
        path,
        60_000,
      );
  });
  afterAll(async () => {
    await shell("systemctl --user disable --now ant-node-3 other late", "ant");
    await shell(`rm -rf ${folder} /home/ant/.local ${home} /home/ant/other /home/ant/late`);
  });

  /** A unit that is created once the colony exists joins it, and wnm then stops and starts it. */
  async function joins(): Promise<void> {
    await m.writeFile(`${folder}/late.service`, other.replaceAll("other/a1b2", "late/node-9"));
    await shell("mkdir -p /home/ant/late/node-9; chown -R ant:ant /home/ant/late /home/ant/.config");
    await shell("systemctl --user daemon-reload; systemctl --user start late", "ant");
    await until(
      async () => (await run(["test", "-e", "/home/ant/late/node-9/webrtc-direct.multiaddr"])).code === 0,
      "the late node",
      WAIT_MS,
    );
    await ok(["wnm", "--force_action", "update_config", "--node_cap=3"], "ant");
    const before = await antNodes();
    expect(await ok(["wnm", "--import"], "ant")).toContain("1 node joined the 2 of this colony");
    expect(await ok(["wnm", "--import"], "ant")).toContain("No node joins this colony (3 of those");
    expect(await antNodes()).toBe(before);
    const rows = await rowsIn("/home/ant/.local/share/autonomi/colony.db");
    expect(rows.map(({ id, service, manager_type }) => [id, service, manager_type])).toContainEqual([
      ...[9, "late.service", "systemd+user"],
    ]);
    for (const action of ["stop", "start"])
      await ok(["wnm", "--force_action", action, "--service_name", "9"], "ant");
    expect((await antNodes()).split("\n")).toHaveLength(3);
  }

  test("are taken over as they run, are restarted by wnm, and keep running under systemd after a release", async () => {
    const before = await antNodes();
    expect(before.split("\n")).toHaveLength(2);
    const said = await ok(
      ["wnm", "--init", "--import", "--antnode_path=/usr/local/bin/ant-node", "--node_cap=2", ...ROOMY],
      "ant",
    );
    expect(said).toContain("2 nodes, run by systemd+user");
    expect(said).not.toContain("Left out");
    await ok(["wnm"], "ant");
    expect(await antNodes()).toBe(before);
    const rows = await rowsIn("/home/ant/.local/share/autonomi/colony.db");
    expect(
      rows.map(({ id, service, software, status, version, wallet }) => [
        ...[id, service, software, status, version, wallet],
      ]),
    ).toEqual([
      [1, "other.service", "ant-node", "RUNNING", "0.23.1", WALLET],
      [3, "ant-node-3.service", "ant-node", "RUNNING", "0.23.1", WALLET],
    ]);
    expect(rows[1]).toMatchObject({ port: 12_002, log_dir: `${home}/logs-ram/node-3` });

    for (const id of [1, 3]) {
      await ok(["wnm", "--force_action", "stop", "--service_name", String(id)], "ant");
      await ok(["wnm", "--force_action", "start", "--service_name", String(id)], "ant");
    }
    const lines = await shell("for p in $(pgrep -x ant-node); do tr '\\0' ' ' </proc/$p/cmdline; echo; done");
    expect(lines).toContain(
      `/home/ant/other/a1b2/ant-node --root-dir /home/ant/other/a1b2 --port ${rows[0]?.port} `,
    );
    expect(lines).toContain(`${home}/node-3/ant-node --root-dir ${home}/node-3 --port 12002 `);
    expect(lines.match(/--log-max-files 7/g)).toHaveLength(2);
    await joins();
    const again = await antNodes();
    await ok(["wnm", "--release"], "ant");
    expect(await antNodes()).toBe(again);
    // The same commands as anm2's menu.
    await shell("systemctl --user restart ant-node-3; systemctl --user is-active ant-node-3", "ant");
  });
});

describe("root's colony that Python wnm lost by recording it as a user's", () => {
  const old = join(import.meta.dirname, "../fixtures/colony/wnm-v0.5.0.db");
  const database = async (): Promise<string> =>
    (await ok(["wnm", "--report", "machine-config", "-q"])).match(/dbpath: sqlite:\/\/\/(.*)/)?.[1] ?? "";

  afterAll(() => shell("rm -rf /var/antctl /root/.local/share/autonomi"));

  test("is found again and is a system colony", async () => {
    const bytes = await Bun.file(old).bytes();
    using db = Database.deserialize(bytes);
    db.run("DELETE FROM node");
    db.run("UPDATE machine SET node_storage = '/var/antctl/services'");
    const lost = Buffer.from(db.serialize()).toString("base64");
    await shell(`mkdir -p /var/antctl/services; base64 -d >/var/antctl/colony.db <<<'${lost}'`);
    expect(await database()).toBe("/var/antctl/colony.db");
    expect(await ok(["wnm", "--report", "machine-config", "-q"])).toContain("process_manager: systemd+sudo");
  });

  test("gives way to the colony with which Python wnm continued", async () => {
    await ok(["mkdir", "-p", "/root/.local/share/autonomi"]);
    await m.push(old, "/root/.local/share/autonomi/colony.db");
    expect(await database()).toBe("/root/.local/share/autonomi/colony.db");
  });
});

describe("anm", () => {
  const services = "/var/antctl/services";
  const backup = "/var/antctl/anm-backup";
  const cron = "* * * * * ant /bin/bash /usr/bin/anms.sh >> /var/antctl/log\n";
  const unit = (id: number): string => `[Unit]
Description=antnode000${id}
[Service]
User=ant
Environment="ANT_LOG=ant_evm=error"
ExecStart=${services}/antnode000${id}/antnode --no-upnp --root-dir ${services}/antnode000${id} --port 5600${id} --enable-metrics-server --metrics-server-port 1300${id} --log-output-dest /var/log/antnode/antnode000${id} --max-log-files 1 --max-archived-log-files 1 --rewards-address ${WALLET} evm-arbitrum-one
Restart=always
#RestartSec=300
`;
  const config = [
    'DiscordUsername="--owner somebody"',
    `RewardsAddress="--rewards-address ${WALLET}"`,
    'MaxLoadAverageAllowed="90.5"',
    "DesiredLoadAverage=.6",
    ...["CpuLessThan=98", "MemLessThan=98", "HDLessThan=98", "CpuRemove=99", "MemRemove=99", "HDRemove=99"],
    ...["DelayStart=5", "DelayReStart=7", "DelayUpgrade=6", "DelayRemove=10"],
    `NodeStorage=${services}`,
    "NodeCap=3",
    "UpgradeHour=3",
    'NodeVersion=""',
    "",
  ].join("\n");

  beforeAll(async () => {
    await m.writeFile("/var/antctl/system", "CpuCount=2\n");
    await m.writeFile("/var/antctl/config", config);
    await m.writeFile("/var/antctl/counters", "CounterStart=0\nCounterUpgrade=0\n");
    await m.writeFile("/var/antctl/override", "CpuLessThan=97 # for now\n");
    await m.writeFile("/usr/bin/anms.sh", "#!/bin/bash\nntpr=56\nexit 0\n", 0o755);
    await m.writeFile(
      "/home/ant/.local/share/anm-wallet",
      `RewardsAddress="--rewards-address 0x${"2".repeat(40)}"\n`,
    );
    await m.writeFile(
      "/var/antctl/NodeDetails",
      'declare -A node_details_store=([0001]="antnode0001,12D3KooWa,0.4.17,RUNNING" [0002]="antnode0002,12D3KooWb,0.4.17,RUNNING" [0003]="antnode0003,12D3KooWc,0.4.16,STOPPED" )\n',
    );
    for (const id of [1, 2, 3]) {
      await m.writeFile(`/etc/systemd/system/antnode000${id}.service`, unit(id));
      await shell(
        `install -d -o ant -g ant ${services}/antnode000${id} /var/log/antnode/antnode000${id}; install -o ant -g ant /usr/local/bin/antnode ${services}/antnode000${id}/antnode`,
      );
    }
    await shell("systemctl daemon-reload; systemctl start antnode0001 antnode0002; systemctl stop cron");
    await m.writeFile("/etc/cron.d/anm", cron);
    await allAnswer([13_001, 13_002]);
  });
  afterAll(() => shell("systemctl stop antnode0001 antnode0002"));

  test("is waited for while it works, and keeps its cron entry until then", async () => {
    const before = await nodes();
    await shell("touch /var/antctl/block");
    await shell(
      "nohup wnm --init --migrate_anm >/tmp/migrate.log 2>&1 </dev/null & echo $! >/tmp/migrate.pid",
    );
    await until(
      async () => (await m.readFile("/tmp/migrate.log")).includes("waiting for anm's run to end"),
      "the wait",
      WAIT_MS,
    );
    expect(await m.readFile("/etc/cron.d/anm")).toBe(cron);
    expect((await run(["test", "-e", "/var/antctl/colony.db"])).code).toBe(1);
    await shell("rm /var/antctl/block");
    await until(
      async () =>
        (await run(["test", "-d", `/proc/${(await m.readFile("/tmp/migrate.pid")).trim()}`])).code !== 0,
      "the end",
      WAIT_MS,
    );
    expect(await m.readFile("/tmp/migrate.log")).toContain("Initialization complete.");
    expect(await nodes()).toBe(before);
    expect((await run(["test", "-e", "/etc/cron.d/anm"])).code).toBe(1);
    expect((await run(["test", "-e", "/var/antctl/block"])).code).toBe(1);
    expect(await m.readFile(`${backup}/etc/cron.d/anm`)).toBe(cron);
  });

  test("has its settings taken over, with minutes as seconds", async () => {
    const settings = JSON.parse(await ok(["wnm", "--report", "machine-config", "--json", "-q"]));
    expect(settings).toMatchObject({
      process_manager: "systemd+sudo",
      port_start: 56,
      metrics_port_start: 13,
      node_cap: 3,
      cpu_less_than: 97,
      delay_start: 300,
      delay_restart: 420,
      delay_upgrade: 360,
      delay_remove: 600,
      max_load_average_allowed: 90.5,
      desired_load_average: 0.6,
      rewards_address: `0x${"2".repeat(40)}`,
      node_storage: services,
      no_upnp: true,
    });
  });

  test("has its nodes taken over as they run, for their account", async () => {
    const rows = await rowsIn("/var/antctl/colony.db");
    expect(rows.map((row) => [row.id, row.status, row.user, row.port, row.wallet, row.manager_type])).toEqual(
      [
        [1, "RUNNING", "ant", 56_001, WALLET, "systemd+sudo"],
        [2, "RUNNING", "ant", 56_002, WALLET, "systemd+sudo"],
        [3, "STOPPED", "ant", 56_003, WALLET, "systemd+sudo"],
      ],
    );
    expect(rows[2]?.peer_id).toBe("12D3KooWc");
    expect(await ok(["stat", "-c", "%U", `${services}/antnode0001/secret-key`])).toBe("ant\n");
  });

  test("is restored as it was", async () => {
    const before = await nodes();
    await shell("printf '* * * * * root /usr/local/bin/wnm\\n' >/etc/cron.d/wnm");
    const said = await ok(["wnm", "--migrate_anm", "--undo"]);
    expect(said).toContain("anm manages its nodes again");
    expect(await nodes()).toBe(before);
    expect(await m.readFile("/etc/cron.d/anm")).toBe(cron);
    expect(await m.readFile("/var/antctl/config")).toBe(config);
    for (const id of [1, 2, 3])
      expect(await m.readFile(`/etc/systemd/system/antnode000${id}.service`)).toBe(unit(id));
    expect((await run(["test", "-e", "/etc/cron.d/wnm"])).code).toBe(1);
    expect((await run(["test", "-e", "/var/antctl/colony.db"])).code).toBe(1);
    expect((await run(["test", "-e", `${services}/.wnm-storage`])).code).toBe(1);
  });

  test("is left alone after a killed migration, which can be repeated", async () => {
    // Killed while waiting: only anm's own files exist.
    await shell("touch /var/antctl/block; timeout -s KILL 2 wnm --init --migrate_anm || true");
    expect(await m.readFile("/etc/cron.d/anm")).toBe(cron);
    await shell("rm /var/antctl/block");
    // A block left by a killed wnm is not waited for.
    await m.writeFile("/var/antctl/block", "wnm 999999 1 another-boot\n");
    await shell(documented("sudo wnm --init --migrate_anm"), "ant");
    await m.writeFile("/var/antctl/block", "wnm 999999 1 another-boot\n");
    await shell(documented("sudo wnm --migrate_anm --undo"), "ant");
    expect((await run(["test", "-e", "/var/antctl/block"])).code).toBe(1);
  });

  test("can be migrated only by root, and a user who tries is told so", async () => {
    for (const args of [
      ["--init", "--migrate_anm"],
      ["--migrate_anm", "--undo"],
    ]) {
      const { code, stderr } = await run(["wnm", ...args], "ant");
      expect(code).toBe(1);
      expect(stderr).toMatch(/sudo (?:\S+\/)?wnm --(?:init --)?migrate_anm/);
    }
  });
});
