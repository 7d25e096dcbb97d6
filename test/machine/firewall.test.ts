import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ANY_LOAD, type ColonyMachine, colonyMachine } from "./colony.ts";

const BUILD_MS = 300_000;

setDefaultTimeout(120_000);

/** setsid+sudo, to show that the firewall is not systemd's affair; op has the printed rules and no other right. */
describe("the firewall of setsid+sudo", () => {
  let m: ColonyMachine;
  const wnm = (...args: readonly string[]) => m.wnm(args, "op");
  const ok = async (...args: readonly string[]) => {
    const result = await wnm(...args);
    expect(result.code, result.stderr).toBe(0);
  };
  const added = () => m.sh("ufw show added");
  const again = async (...args: readonly string[]) => {
    await ok("--force_action=stop", "--service_name=antnode0001");
    await ok("--force_action=start", "--service_name=antnode0001", ...args);
  };

  beforeAll(async () => {
    m = await colonyMachine("firewall");
    const rules = await wnm("--print_sudoers", "--process_manager=setsid+sudo");
    await m.writeFile("/etc/sudoers.d/wnm", rules.stdout, 0o440);
    await m.sh("visudo -c -f /etc/sudoers.d/wnm");
    await ok("--init", "--process_manager=setsid+sudo", ...ANY_LOAD, "--node_cap=1");
  }, BUILD_MS);
  afterAll(() => m?.stop());

  test("ufw that is off is no error, and gets no rule", async () => {
    await ok("--force_action=add");
    expect(await m.sh("pgrep -u ant -f antnode0001")).toMatch(/^\d+$/);
    expect(await added()).not.toContain("55001");
  });

  test("ufw that is on gets one rule, with the node's name, however often the node starts", async () => {
    await m.sh("ufw --force enable");
    await again();
    await again();
    await ok("--force_action=restart", "--service_name=antnode0001");
    expect((await added()).match(/55001/g)).toEqual(["55001"]);
    expect(await added()).toContain("ufw allow 55001/udp comment 'antnode0001'");
  });

  test("a stop closes the port, also when ufw was switched off meanwhile", async () => {
    await m.sh("ufw disable");
    await ok("--force_action=stop", "--service_name=antnode0001");
    expect(await added()).not.toContain("55001");
    await m.sh("ufw --force enable");
  });

  test("a rule of somebody else for the same port stays as it is through a start and a stop", async () => {
    for (const rule of ["deny 55001/udp", "allow 55001/udp", "limit in 55001/udp comment antnode0002"]) {
      await m.sh(`ufw ${rule}`);
      const before = await added();
      await again();
      await ok("--force_action=stop", "--service_name=antnode0001");
      expect(await added()).toBe(before);
      await m.sh(`ufw delete ${rule.replace(/ comment.*/, "")}`);
    }
  });

  test("--firewall none and WNM_FIREWALL_DISABLED leave ufw alone", async () => {
    const env = ["env", "-i", "HOME=/home/op", "WNM_FIREWALL_DISABLED=1", "/usr/local/bin/wnm"];
    const start = ["--force_action=start", "--service_name=antnode0001"];
    expect((await m.exec([...env, ...start], { user: "op" })).code).toBe(0);
    expect(await added()).not.toContain("55001");
    await again("--firewall=none");
    expect(await added()).not.toContain("55001");
    await again("--firewall=auto");
    expect(await added()).toContain("55001");
  });

  test("when ufw may not be changed, the node does not start, and the error says why", async () => {
    await ok("--force_action=stop", "--service_name=antnode0001");
    await m.sh("sed -i 's#/usr/sbin/ufw allow#/usr/sbin/ufw never#' /etc/sudoers.d/wnm");
    const { code, stderr } = await wnm("--force_action=start", "--service_name=antnode0001");
    expect(code).toBe(1);
    expect(stderr).toMatch(/ufw allow 55001\/udp .*(password|not allowed)/);
    expect((await m.exec(["pgrep", "-u", "ant", "-f", "antnode0001"])).code).toBe(1);
    await m.sh("sed -i 's#/usr/sbin/ufw never#/usr/sbin/ufw allow#' /etc/sudoers.d/wnm");
  });

  test("a machine without ufw is no error", async () => {
    await m.sh("mv /usr/sbin/ufw /root/ufw");
    await again("--firewall=ufw");
    await m.sh("mv /root/ufw /usr/sbin/ufw");
    await ok("--force_action=remove", "--service_name=antnode0001");
  });
});
