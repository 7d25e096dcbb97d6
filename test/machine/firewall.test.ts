import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildAntNode } from "../fixtures/build-antnode.ts";
import { ANY_LOAD, type ColonyMachine, colonyMachine } from "./colony.ts";

const BUILD_MS = 600_000;

setDefaultTimeout(300_000);

/** setsid+sudo, to show that the firewall does not depend on systemd; op has the printed rules and no other rights. */
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

  test("an inactive ufw is not an error and gets no rule", async () => {
    await ok("--force_action=add");
    expect(await m.sh("pgrep -u ant -f antnode0001")).toMatch(/^\d+$/);
    expect(await added()).not.toContain("55001");
  });

  test("an active ufw gets one rule, with the node's name, however often the node starts", async () => {
    await m.sh("ufw --force enable");
    await again();
    await again();
    await ok("--force_action=restart", "--service_name=antnode0001");
    expect((await added()).match(/55001/g)).toEqual(["55001"]);
    expect(await added()).toContain("ufw allow 55001/udp comment 'antnode0001'");
  });

  test("a stop closes the port, even if ufw was switched off in the meantime", async () => {
    await m.sh("ufw disable");
    await ok("--force_action=stop", "--service_name=antnode0001");
    expect(await added()).not.toContain("55001");
    await m.sh("ufw --force enable");
  });

  test("an ant-node's port for browsers is opened and closed together with the node's own", async () => {
    const program = await buildAntNode(
      join(mkdtempSync(join(tmpdir(), "wnm-browsers-")), "ant-node"),
      "0.23.1",
    );
    await m.push(program, "/home/op/.local/bin/ant-node", 0o755);
    await m.push(
      `${dirname(program)}/bootstrap_peers.toml`,
      "/home/op/.local/bin/bootstrap_peers.toml",
      0o644,
    );
    rmSync(dirname(program), { recursive: true });
    await m.sh("chown -R op: /home/op");
    await ok("--force_action=add", "--node_software=ant-node");
    for (const port of [55002, 30002])
      expect(await added()).toContain(`ufw allow ${port}/udp comment 'antnode0002'`);
    await ok("--force_action=stop", "--service_name=antnode0002");
    expect(await added()).not.toMatch(/55002|30002/);
    await ok("--force_action=start", "--service_name=antnode0002", "--webrtc_direct=off");
    expect(await added()).toContain("55002");
    expect(await added()).not.toContain("30002");
    await ok(
      "--force_action=start",
      "--service_name=antnode0001",
      "--webrtc_direct=on",
      "--node_software=antnode",
    );
    await ok("--force_action=restart", "--service_name=antnode0002");
    expect(await added()).toContain("30002");
    await ok("--force_action=restart", "--service_name=antnode0002", "--webrtc_direct=off");
    expect(await added()).not.toContain("30002");
    await ok("--force_action=remove", "--service_name=antnode0002", "--webrtc_direct=on");
    expect(await added()).not.toMatch(/55002|30002/);
    await ok("--force_action=stop", "--service_name=antnode0001");
  });

  test("a foreign rule for the same port survives a start and a stop", async () => {
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

  test("if ufw may not be changed, the node does not start, and the error says why", async () => {
    await ok("--force_action=stop", "--service_name=antnode0001");
    await m.sh("sed -i 's#/usr/sbin/ufw allow#/usr/sbin/ufw never#' /etc/sudoers.d/wnm");
    const { code, stderr } = await wnm("--force_action=start", "--service_name=antnode0001");
    expect(code).toBe(1);
    expect(stderr).toMatch(/ufw allow 55001\/udp .*(password|not allowed)/);
    expect((await m.exec(["pgrep", "-u", "ant", "-f", "antnode0001"])).code).toBe(1);
    await m.sh("sed -i 's#/usr/sbin/ufw never#/usr/sbin/ufw allow#' /etc/sudoers.d/wnm");
  });

  test("a machine without ufw is not an error", async () => {
    await m.sh("mv /usr/sbin/ufw /root/ufw");
    await again("--firewall=ufw");
    await m.sh("mv /root/ufw /usr/sbin/ufw");
    await ok("--force_action=remove", "--service_name=antnode0001");
  });
});
