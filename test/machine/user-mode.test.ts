import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ANY_LOAD, type ColonyMachine, colonyMachine } from "./colony.ts";
import { until } from "./machine.ts";

const BUILD_MS = 600_000;
const WAIT_MS = 120_000;
/** No node is added while the processor is busy, and the test machine can be busy for minutes. */
const GROWS_MS = 360_000;

setDefaultTimeout(300_000);

/** systemd+user for a user without any rights, from cron's bare environment. */
describe("systemd+user", () => {
  let m: ColonyMachine;
  const wnm = (...args: readonly string[]) => m.wnm(args, "op");
  const ok = async (...args: readonly string[]) => {
    const result = await wnm(...args);
    expect(result.code, result.stderr).toBe(0);
    return result;
  };
  const uid = () => m.sh("id -u op");
  /** As root, without a session: a session of op's would start op's systemd. */
  const pids = async (id: number) =>
    (await m.exec(["pgrep", "-u", "op", "-f", `root-dir /home/op/.*/antnode000${id} `])).stdout.trim();
  const show = (unit: string, property: string) =>
    m.sh(`systemctl --user show --value -p ${property} ${unit}`, "op");
  const exposure = async (unit: string) => {
    const told = await m.sh(`systemd-analyze --user security --no-pager ${unit}.service`, "op");
    return Number(/exposure level for \S+: ([0-9.]+)/.exec(told)?.[1]);
  };
  /** Without a session, as cron runs it: `op` is not logged in. */
  const asCron = (args: string) =>
    m.exec([
      "setpriv",
      "--reuid=op",
      "--regid=op",
      "--clear-groups",
      "env",
      "-i",
      "HOME=/home/op",
      "bash",
      "-c",
      `cd / && /usr/local/bin/wnm ${args}`,
    ]);

  beforeAll(async () => {
    m = await colonyMachine("user-mode");
  }, BUILD_MS);
  afterAll(() => m?.stop());

  test("without a user systemd, init says so at once, and what to do about it", async () => {
    await until(
      async () => (await m.exec(["test", "-d", `/run/user/${await uid()}`])).code !== 0,
      "op is logged out",
      WAIT_MS,
    );
    const started = performance.now();
    const { code, stderr } = await asCron(`--init --process_manager=systemd+user ${ANY_LOAD.join(" ")}`);
    expect(code).toBe(1);
    expect(stderr).toContain("sudo loginctl enable-linger op");
    expect(performance.now() - started).toBeLessThan(120_000);
    expect((await m.exec(["test", "-e", "/home/op/.local/share/autonomi"])).code).not.toBe(0);
  });

  test("with lingering off, init and the first run report it with the command that helps, and later runs do not", async () => {
    const first = await ok(
      "--init",
      "--process_manager=systemd+user",
      ...ANY_LOAD,
      "--node_cap=2",
      "--max_concurrent_starts=2",
      "--max_concurrent_operations=2",
    );
    expect(first.stdout).toMatch(/ \d\. ! Lingering is off for op.*\n *→ sudo loginctl enable-linger op\n/);
    const run = await ok();
    const warnings = run.stderr.split("\n").filter((line) => line.includes("Lingering is off"));
    expect(warnings).toEqual([expect.stringContaining("; sudo loginctl enable-linger op")]);
    expect((await ok()).stderr).not.toContain("inger");
    await m.sh("loginctl enable-linger op");
    expect((await ok()).stderr).toContain("Over: Lingering is off for op");
    await m.grown(2, "op");
    expect((await ok()).stderr).not.toContain("inger");
  });

  test("nodes outlive logout and cron, and a run without a session finds them", async () => {
    await m.sh("systemctl restart cron");
    await until(
      async () => (await m.sh("loginctl list-sessions --no-legend | grep -c op || true")) === "0",
      "op is logged out",
      WAIT_MS,
    );
    const before = await pids(1);
    expect(before).toMatch(/^\d+$/);
    const { code, stderr } = await asCron("");
    expect(code, stderr).toBe(0);
    expect(await pids(1)).toBe(before);
    expect(await m.statuses("op")).toEqual({ antnode0001: "RUNNING", antnode0002: "RUNNING" });
  });

  test("the unit is as tight as a user's can be, and systemd has no complaint", async () => {
    expect(
      await m.sh("systemd-analyze --user verify ~/.config/systemd/user/antnode0001.service 2>&1", "op"),
    ).toBe("");
    const text = await m.sh("cat ~/.config/systemd/user/antnode0001.service", "op");
    expect(text).toContain("WantedBy=default.target");
    expect(text).not.toMatch(/^User=/m);
    expect(await exposure("antnode0001")).toBeLessThanOrEqual(2.0);
    // What observes nodes from outside sees as much of a confined node as of any other.
    const pid = await show("antnode0001", "MainPID");
    expect(await m.sh(`readlink /proc/${pid}/exe`, "op")).toEndWith("/antnode0001/antnode");
  });

  test("where user namespaces are forbidden, a node runs with the remaining confinement, and its unit says so", async () => {
    const dropIn = `/etc/systemd/system/user@${await uid()}.service.d/forbidden.conf`;
    const again = `systemctl daemon-reload; systemctl restart user@${await uid()}.service`;
    await m.writeFile(dropIn, "[Service]\nRestrictNamespaces=~user\n");
    await m.sh(again);
    await ok("--force_action=restart", "--service_name=antnode0001");
    expect(await show("antnode0001", "ActiveState")).toBe("active");
    expect(await m.sh("cat ~/.config/systemd/user/antnode0001.service", "op")).not.toContain("PrivateUsers");
    expect(await exposure("antnode0001")).toBeLessThanOrEqual(6.0);
    await m.sh(`rm ${dropIn}; ${again}`);
    await ok("--force_action=restart", "--service_name=antnode0001");
    expect(await exposure("antnode0001")).toBeLessThanOrEqual(2.0);
  });

  test("a failed start reports what the node printed, without colour codes, from the journal of its account", async () => {
    await m.sh("systemctl --user stop antnode0001", "op");
    await ok(
      "--force_action=update_config",
      "--environment",
      `ANTNODE_FAKE='{"die_at_start":{"code":1,"stderr":"Error: \\u001b[91mno room on the glass disk\\u001b[0m"}}'`,
    );
    const { code, stderr } = await wnm("--force_action=start", "--service_name=1");
    expect(code).not.toBe(0);
    expect(stderr).toContain("antnode0001 ended at once: exit code 1: Error: no room on the glass disk");
    await ok("--force_action=update_config", "--environment", "");
    await ok("--force_action=start", "--service_name=1");
  });

  test("a unit that the operator edited or deleted is restored when its node next starts", async () => {
    const folder = "/home/op/.config/systemd/user";
    const text = await m.readFile(`${folder}/antnode0001.service`);
    await m.sh(
      `sed -i 's/--port/--nonsense/' ${folder}/antnode0001.service; rm ${folder}/antnode0002.service`,
      "op",
    );
    await m.sh("systemctl --user stop antnode0001 antnode0002", "op");
    // Their systemd was restarted twice a moment ago, so this is the third end in a row, and a plain run would wait.
    await ok("--force_action=start", "--service_name=1,2");
    expect(await m.readFile(`${folder}/antnode0001.service`)).toBe(text);
    for (const unit of ["antnode0001", "antnode0002"]) expect(await show(unit, "ActiveState")).toBe("active");
  });

  test("after a reboot without a login the nodes are back, and wnm only observes", async () => {
    for (const _ of ["once", "twice"]) {
      await m.reboot();
      await until(
        async () => (await pids(1)) !== "" && (await pids(2)) !== "",
        "both nodes are back",
        WAIT_MS,
      );
    }
    const { code, stderr } = await asCron("");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("the machine has booted");
    expect(await m.statuses("op")).toEqual({ antnode0001: "RUNNING", antnode0002: "RUNNING" });
  });

  test("with the user's systemd stopped, a run is a clear error, and nothing is called dead", async () => {
    await m.sh(`systemctl stop user@${await uid()}.service`);
    const { code, stderr } = await asCron("");
    expect(code).toBe(1);
    expect(stderr).toContain("no systemd user instance");
    await m.sh(`systemctl start user@${await uid()}.service`);
    await until(async () => (await pids(1)) !== "" && (await pids(2)) !== "", "both nodes are back", WAIT_MS);
    await ok();
    // They ended together, however often that has happened, so none is held back.
    expect(await m.statuses("op")).toEqual({ antnode0001: "RUNNING", antnode0002: "RUNNING" });
  });

  test("a folder and variables with hostile names reach the node unchanged", async () => {
    const storage = `/home/op/it's "50%" $HOME \\x ;`;
    const variables = `A='two words' B='100% $HOME \\n' C='"'`;
    await m.exec(["mkdir", storage], { user: "op" });
    await ok(
      "--node_storage",
      storage,
      "--environment",
      variables,
      "--node_cap=3",
      "--start_args",
      "--ip 127.0.0.1",
    );
    await m.grown(3, "op");
    const pid = await show("antnode0003", "MainPID");
    expect(await m.sh(`tr '\\0' '\\n' </proc/${pid}/cmdline`)).toContain(
      `--root-dir\n${storage}/antnode0003\n`,
    );
    const environment = (await m.sh(`tr '\\0' '\\n' </proc/${pid}/environ`)).split("\n");
    expect(environment).toContain("A=two words");
    expect(environment).toContain("B=100% $HOME \\n");
    expect(environment).toContain('C="');
    // The operator's variables may be secrets: they are not in a unit but in a file that only op can read.
    const unit = "~/.config/systemd/user/antnode0003";
    expect(await m.sh(`grep -c -e 'two words' -e '100%' ${unit}.service || true`, "op")).toBe("0");
    expect(await m.sh(`stat -c %a ${unit}.env`, "op")).toBe("600");
  });

  test("no unit is left at the end of a node's life", async () => {
    await ok("--force_action=remove", "--service_name=antnode0001,antnode0002,antnode0003");
    expect(await m.sh("ls -R ~/.config/systemd/user", "op")).not.toContain("antnode");
    expect(await m.sh("systemctl --user list-units --all --no-legend 'antnode*'", "op")).toBe("");
  });
});

describe("cron", () => {
  let m: ColonyMachine;
  beforeAll(async () => {
    m = await colonyMachine("cron");
  }, BUILD_MS);
  afterAll(() => m?.stop());

  for (const { user, mode, blocks } of [
    { user: "op", mode: "systemd+user", blocks: [] },
    {
      user: "root",
      mode: "systemd+sudo",
      blocks: ["--port_start=56", "--metrics_port_start=14", "--rpc_port_start=32"],
    },
  ] as const) {
    test(
      `as ${user}, an entry per minute fills the machine with ${mode}, and no run overlaps another`,
      async () => {
        await m.sh("loginctl enable-linger op");
        const init = ["--init", `--process_manager=${mode}`, ...ANY_LOAD, "--node_cap=3", ...blocks];
        const made = await m.wnm(init, user === "root" ? undefined : user);
        expect(made.code, made.stderr).toBe(0);
        await m.writeFile(
          `/etc/cron.d/wnm-${user}`,
          `* * * * * ${user} /usr/local/bin/wnm >>/var/tmp/wnm-${user}.log 2>&1\n`,
        );
        await m.fastCron();
        const asked = user === "root" ? undefined : user;
        await until(
          async () =>
            Object.values(await m.statuses(asked)).filter((status) => status === "RUNNING").length === 3,
          "three nodes run",
          GROWS_MS / 2,
        );
        const pids = () => m.sh(`pgrep -u ${user === "root" ? "ant" : user} -f root-dir | sort`);
        const before = await pids();
        await m.sh("systemctl restart cron");
        expect(await pids()).toBe(before);
        await m.sh(`rm /etc/cron.d/wnm-${user}`);
        const log = await m.readFile(`/var/tmp/wnm-${user}.log`);
        for (const line of log.trim().split("\n"))
          expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}Z (INFO|WARNING|ERROR) (?!This is a bug)/);
        // A run that found the lock held says what its holder is doing; that line is an ERROR.
        expect([...(log.match(/Z INFO add antnode\d+/gm) ?? [])], log).toEqual(
          [1, 2, 3].map((id) => `Z INFO add antnode000${id}`),
        );
      },
      GROWS_MS,
    );
  }
});
