import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ANY_LOAD, type ColonyMachine, colonyMachine } from "./colony.ts";
import { until } from "./machine.ts";

const BUILD_MS = 600_000;
const WAIT_MS = 120_000;
const SUDO_MODE = ["--init", "--process_manager=systemd+sudo", ...ANY_LOAD];
const UNITS = "/etc/systemd/system";

setDefaultTimeout(300_000);

/** systemd+sudo as its operator uses it: op has only the rights that --print_sudoers printed. */
describe("systemd+sudo for an operator with only the printed rules", () => {
  let m: ColonyMachine;
  const wnm = (...args: readonly string[]) => m.wnm(args, "op");
  const ok = async (...args: readonly string[]) => {
    const result = await wnm(...args);
    expect(result.code, result.stderr).toBe(0);
    return result;
  };
  const show = (unit: string, property: string) => m.sh(`systemctl show --value -p ${property} ${unit}`);
  const rules = () => m.sh("ufw status");
  let before = "";

  beforeAll(async () => {
    m = await colonyMachine("sudo-mode");
    await m.sh(`userdel -r ant; ufw --force enable; ufw allow 22/tcp; ufw allow 55002/udp comment mine
      ufw deny 55003/udp; ufw allow 60000:60010/udp comment antnode0001`);
    before = await rules();
  }, BUILD_MS);
  afterAll(() => m?.stop());

  test("without the account and the rights, init says what to do and creates nothing", async () => {
    const noAccount = await wnm(...SUDO_MODE);
    expect(noAccount).toMatchObject({ code: 1 });
    expect(noAccount.stderr).toContain("sudo useradd --system");
    const noRights = await wnm(...SUDO_MODE, "--create_user");
    expect(noRights.code).toBe(1);
    expect(noRights.stderr).toContain("a password is required");
    expect(await m.sh("ls -d /var/antctl /var/log/antnode 2>&1 || true")).toContain(
      "cannot access '/var/antctl'",
    );
  });

  test("visudo accepts the printed rules, and they allow nothing else", async () => {
    const { stdout } = await ok("--print_sudoers", "--process_manager=systemd+sudo");
    await m.writeFile("/etc/sudoers.d/wnm", stdout, 0o440);
    expect(await m.sh("visudo -c -f /etc/sudoers.d/wnm")).toContain("parsed OK");
    for (const forbidden of [
      "true",
      "systemctl stop -- cron.service",
      "systemctl stop -- antnode0001.service cron.service",
      "systemctl stop -- antnode0001.service antnode.service",
      "systemctl start antnode0001.service",
      "rm -r -f --one-file-system -- /etc",
      "ufw disable",
    ]) {
      expect({
        forbidden,
        code: (await m.exec(["bash", "-c", `sudo -n ${forbidden}`], { user: "op" })).code,
      }).toEqual({ forbidden, code: 1 });
    }
  });

  test("init creates account, folders and colony", async () => {
    await ok(
      ...SUDO_MODE,
      "--create_user",
      "--node_cap=3",
      "--max_concurrent_starts=3",
      "--max_concurrent_operations=3",
    );
    expect(await m.sh("id -un ant; stat -c '%U %a' /var/antctl/bootstrap-cache")).toBe("ant\nant 755");
  });

  test("nodes are added as enabled units of ant, with their ports open and foreign rules unchanged", async () => {
    await m.grown(3, "op");
    for (const n of [1, 2, 3]) {
      const unit = `antnode000${n}`;
      expect(await show(unit, "ActiveState")).toBe("active");
      expect(await m.sh(`systemctl is-enabled ${unit}`)).toBe("enabled");
      expect(await m.sh(`stat -c %U /proc/$(systemctl show --value -p MainPID ${unit})`)).toBe("ant");
    }
    const added = await m.sh("ufw show added");
    expect(added).toContain("ufw allow 55001/udp comment 'antnode0001'");
    expect(added).toContain("ufw allow 55002/udp comment 'mine'");
    expect(added).toContain("ufw deny 55003/udp");
  });

  test("the unit is sound: systemd has no complaint, and its exposure is at most 5.0", async () => {
    expect(await m.sh(`systemd-analyze verify ${UNITS}/antnode0001.service 2>&1`)).toBe("");
    const analysis = await m.sh("systemd-analyze security --no-pager antnode0001.service");
    const exposure = Number(/exposure level for \S+: ([0-9.]+)/.exec(analysis)?.[1]);
    expect(exposure).toBeLessThanOrEqual(5.0);
  });

  test("a killed node is restarted by systemd, and wnm leaves it running", async () => {
    // It has settled, so that its end is recognised as a crash.
    await ok();
    const pid = await show("antnode0001", "MainPID");
    await m.sh(`kill -9 ${pid}`);
    await until(
      async () => !["0", pid].includes(await show("antnode0001", "MainPID")),
      "antnode0001 runs again",
      WAIT_MS,
    );
    const back = await show("antnode0001", "MainPID");
    const { stderr } = await ok();
    expect(stderr).toContain("antnode0001: it ended, and its supervisor started it again");
    expect(await show("antnode0001", "MainPID")).toBe(back);
    expect((await m.statuses("op")).antnode0001).toBe("RUNNING");
  });

  test("where /proc hides the nodes from the operator, systemd's report counts, and they are started, stopped and observed as before", async () => {
    await m.sh("mount -o remount,hidepid=2 /proc");
    try {
      expect((await m.exec(["test", "-e", "/proc/1"], { user: "op" })).code).toBe(1);
      await ok("--force_action=stop", "--service_name=antnode0001");
      expect(await show("antnode0001", "ActiveState")).toBe("inactive");
      await ok("--force_action=start", "--service_name=antnode0001");
      await ok();
      expect((await m.statuses("op")).antnode0001).toBe("RUNNING");
      expect(await show("antnode0001", "ActiveState")).toBe("active");
    } finally {
      await m.sh("mount -o remount,hidepid=0 /proc");
    }
  });

  test("a unit that was stopped behind wnm's back is started by the next run", async () => {
    await m.sh("systemctl stop antnode0002");
    await ok();
    expect(await show("antnode0002", "ActiveState")).toBe("active");
  });

  test("a unit that the operator edited or deleted is restored when its node next starts", async () => {
    const text = await m.readFile(`${UNITS}/antnode0001.service`);
    await m.sh(`sed -i 's/--port 55001/--port 1/; s/^Restart=.*/Restart=no/' ${UNITS}/antnode0001.service`);
    await m.sh(
      `rm ${UNITS}/antnode0003.service; systemctl daemon-reload; systemctl stop antnode0001 antnode0003`,
    );
    await ok("--force_action=start", "--service_name=1,3");
    expect(await m.readFile(`${UNITS}/antnode0001.service`)).toBe(text);
    for (const unit of ["antnode0001", "antnode0003"]) {
      expect(await show(unit, "ActiveState")).toBe("active");
      expect(await show(unit, "NeedDaemonReload")).toBe("no");
      expect(await m.sh(`systemctl is-enabled ${unit}`)).toBe("enabled");
    }
    expect(
      await m.sh("tr '\\0' ' ' </proc/$(systemctl show --value -p MainPID antnode0001)/cmdline"),
    ).toContain("--port 55001 ");
  });

  test("a unit deleted under its running node, which then died, is rewritten and reloaded", async () => {
    const pid = await show("antnode0003", "MainPID");
    await m.sh(`rm ${UNITS}/antnode0003.service; systemctl daemon-reload; kill -9 ${pid}`);
    await m.sh(`echo nonsense >${UNITS}/antnode0002.service; systemctl daemon-reload`);
    await m.sh(`kill -9 ${await show("antnode0002", "MainPID")}`);
    await until(
      async () => {
        await ok("--force_action=start", "--service_name=antnode0002,antnode0003");
        const states = [await show("antnode0002", "ActiveState"), await show("antnode0003", "ActiveState")];
        return states.every((state) => state === "active");
      },
      "both run again",
      WAIT_MS,
    );
    expect(await show("antnode0003", "LoadState")).toBe("loaded");
  });

  test("one run reloads systemd once, however many units have changed", async () => {
    const reloads = async () =>
      Number(await m.sh("journalctl --boot --no-pager _PID=1 | grep -c 'Reloading[.]$' || true"));
    const names = Object.keys(await m.statuses("op")).join(",");
    for (const gap of ["0", "1"]) {
      await m.sh(`sed -i 's/^RestartSec=.*/RestartSec=9${gap}/' ${UNITS}/antnode*.service`);
      const before = await reloads();
      await ok("--force_action=restart", `--service_name=${names}`, `--interval=${gap}`);
      expect((await reloads()) - before).toBe(1);
      expect(await m.sh(`grep -L ^RestartSec=15 ${UNITS}/antnode*.service || true`)).toBe("");
    }
  });

  test("a masked unit is the operator's decision: the error is clear, and the link stays", async () => {
    await ok("--force_action=stop", "--service_name=antnode0001");
    await m.sh(`mv ${UNITS}/antnode0001.service /root/kept && systemctl mask antnode0001`);
    const { code, stderr } = await wnm("--force_action=start", "--service_name=antnode0001");
    expect(code).toBe(3);
    expect(stderr).toContain("masked");
    expect(await m.sh(`readlink ${UNITS}/antnode0001.service`)).toBe("/dev/null");
    await m.sh(`systemctl unmask antnode0001 && mv /root/kept ${UNITS}/antnode0001.service`);
    await ok("--force_action=start", "--service_name=antnode0001");
  });

  test("the doctor names each missing rule, and the command that it gives restores them", async () => {
    const lacking = async (): Promise<readonly { sentence: string; cure: string }[]> =>
      JSON.parse((await wnm("--report=doctor", "--json")).stdout).findings.filter(
        ({ key }: { key: string }) => key === "no-rights",
      );
    expect(await lacking()).toEqual([]);
    await m.sh("sed -i /daemon-reload/d /etc/sudoers.d/wnm");
    // What an account may do with a password, cron cannot do on its behalf.
    await m.writeFile("/etc/sudoers.d/0-all", "op ALL=(ALL:ALL) ALL\n", 0o440);
    const [missing, ...others] = await lacking();
    expect(missing?.sentence).toEndWith("as root: /usr/bin/systemctl daemon-reload");
    expect(others).toEqual([]);
    // op types it, and sudo asks for a password: here root does that part.
    const [print = "", ...put] = missing?.cure.split(" && ") ?? [];
    await m.sh(print, "op");
    await m.sh(`cd /home/op && ${put.join(" && ").replaceAll(/\bsudo /g, "")}`);
    expect(await lacking()).toEqual([]);
    await m.sh("rm /etc/sudoers.d/0-all");
  });

  test("with sudo revoked, an action fails with sudo's message and leaves the node unchanged", async () => {
    await m.sh("mv /etc/sudoers.d/wnm /root/wnm.sudoers");
    const pid = await show("antnode0001", "MainPID");
    const stopping = await wnm("--force_action=stop", "--service_name=antnode0001");
    expect(stopping.code).toBe(1);
    expect(stopping.stderr).toContain("sudo does not allow");
    expect(await show("antnode0001", "MainPID")).toBe(pid);
    // A failure that repeats for the same reason is logged once.
    const plain = await wnm("--loglevel=DEBUG");
    expect(plain.stderr).toContain("sudo does not allow");
    expect(await show("antnode0001", "MainPID")).toBe(pid);
    await m.sh("mv /root/wnm.sudoers /etc/sudoers.d/wnm");
    await ok("--force_action=start", "--service_name=antnode0001");
  });

  test("a stopped node has its port closed and does not come back at boot, but the others do", async () => {
    await ok("--node_cap=3", "--force_action=disable", "--service_name=antnode0001");
    expect(await m.sh("ufw show added")).not.toContain("55001/udp");
    // Disabling and enabling a node by hand forgives its deaths: only the reboot's death is counted below.
    for (const action of ["disable", "enable", "start"])
      await ok(`--force_action=${action}`, "--service_name=antnode0003");
    await m.sh("systemctl disable antnode0003");
    await m.reboot();
    await m.reboot();
    await until(
      async () => (await show("antnode0002", "ActiveState")) === "active",
      "antnode0002 is back",
      WAIT_MS,
    );
    expect(await show("antnode0001", "ActiveState")).toBe("inactive");
    const { stderr } = await ok();
    expect(stderr).toContain("the machine has booted");
    // A node that did not come back has not crashed, so there is no wait.
    const restarted = await ok();
    expect(restarted.stderr).toMatch(/start antnode0003: .* it did not come back when the machine booted/);
    expect(await show("antnode0003", "ActiveState")).toBe("active");
    expect(await m.sh("systemctl is-enabled antnode0003")).toBe("enabled");
  });

  test("nothing is left after a whole life: no unit, no file, and ufw as it was", async () => {
    const left = Object.keys(await m.statuses("op")).join(",");
    await ok("--force_action=remove", `--service_name=${left}`);
    await ok("--node_cap=1", "--cpu_less_than=1", "--force_action=remove", "--count=3").catch(
      () => undefined,
    );
    expect(await m.statuses("op")).toEqual({});
    expect(
      await m.sh(`ls ${UNITS} ${UNITS}/multi-user.target.wants /var/antctl/services /var/log/antnode`),
    ).not.toContain("antnode0");
    expect(await m.sh("systemctl list-units --all --no-legend 'antnode*'")).toBe("");
    expect(await rules()).toBe(before);
  });
});
