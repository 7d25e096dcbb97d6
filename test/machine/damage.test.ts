import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ANY_LOAD, type ColonyMachine, colonyMachine } from "./colony.ts";
import { until } from "./machine.ts";

const BUILD_MS = 600_000;
const WAIT_MS = 120_000;
const DATABASE = "/var/antctl/colony.db";
const STORAGE = "/var/antctl/services";

setDefaultTimeout(300_000);

/** Root's colony of system units and a user's colony of user units on one machine, and what may happen to root's. */
describe("systemd+sudo beside systemd+user", () => {
  let m: ColonyMachine;
  const portsOf = async (user?: string): Promise<readonly string[]> => {
    const { stdout } = await m.wnm(["--report", "node-status-details"], user);
    return [...stdout.matchAll(/^(?:Metrics )?Port: (\d+)$/gm)].map((match) => match[1] ?? "");
  };
  /** The main processes of both colonies' units. */
  const pids = () =>
    m.sh("pgrep -u ant -f root-dir | sort; pgrep -u op -f root-dir | sort").then((text) => text.split("\n"));
  const refused = async (codes: readonly number[]) => {
    for (const call of [[], ["--force_action", "remove", "--count=9"], ["--force_action", "add"]]) {
      const { code, stderr } = await m.wnm(call);
      expect(codes, `${call.join(" ")}: ${stderr}`).toContain(code);
      expect(stderr).not.toMatch(/ {4}at |This is a bug/);
    }
  };

  beforeAll(async () => {
    m = await colonyMachine("damage");
    await m.sh("loginctl enable-linger op");
  }, BUILD_MS);
  afterAll(() => m?.stop());

  test("user and sudo mode on one machine, configured with the same ports, use none twice and do not touch each other's nodes", async () => {
    for (const [user, mode] of [
      ["op", "systemd+user"],
      [undefined, "systemd+sudo"],
    ] as const) {
      const create = user === undefined ? ["--create_user"] : [];
      const args = ["--init", `--process_manager=${mode}`, ...ANY_LOAD, "--node_cap=2", ...create];
      const { code, stderr } = await m.wnm(args, user);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      await m.grown(2, user);
    }
    const ports = [...(await portsOf("op")), ...(await portsOf())];
    expect(ports).toHaveLength(8);
    expect(new Set(ports).size).toBe(8);
    const before = await m.sh("pgrep -u op -f root-dir | sort");
    expect((await m.wnm(["--force_action", "restart", "--count=2"])).code).toBe(0);
    expect(await m.sh("pgrep -u op -f root-dir | sort")).toBe(before);
    expect(await m.sh("pgrep -u ant -f root-dir | wc -l")).toBe("2");
    expect((await m.wnm([], "op")).code).toBe(0);
    expect((await m.wnm([])).code).toBe(0);
  });

  test.each([
    ["deleted", `rm ${DATABASE}*`],
    ["of no length", `truncate -s 0 ${DATABASE}`],
    ["cut", `truncate -s 5001 ${DATABASE}`],
    ["garbage", `head -c 50000 /dev/urandom >${DATABASE}`],
    ["a folder", `rm ${DATABASE}; mkdir ${DATABASE}`],
    ["a pipe", `rm ${DATABASE}; mkfifo ${DATABASE}`],
    ["a link to nothing", `ln -sf /nowhere ${DATABASE}`],
  ])("with a database %s no unit is touched, and wnm continues with the backup", async (_, lose) => {
    const before = await pids();
    await m.sh(`cp -a ${DATABASE} /root/saved.db; ${lose}`);
    await refused([1, 4, 5]);
    await m.sh(`rm -rf ${DATABASE}*; cp -a /root/saved.db ${DATABASE}`);
    expect(await pids()).toEqual(before);
    const { code, stderr } = await m.wnm([]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(await pids()).toEqual(before);
  });

  test("with a storage that is gone or another's, wnm exits with 5 and touches no unit", async () => {
    const before = await pids();
    await m.sh(`mv ${STORAGE} ${STORAGE}.away`);
    await refused([5]);
    await m.sh(`mkdir ${STORAGE}; echo another-colony >${STORAGE}/.wnm-storage`);
    await refused([5]);
    expect(await m.sh(`ls -A ${STORAGE}`)).toBe(".wnm-storage");
    await m.sh(`rm -r ${STORAGE}; mv ${STORAGE}.away ${STORAGE}`);
    expect(await pids()).toEqual(before);
    expect((await m.wnm([])).code).toBe(0);
  });

  test("if a storage is mounted late after a boot, no node is called dead, and the colony comes back", async () => {
    await m.sh(`mv ${STORAGE} ${STORAGE}.away; mkdir ${STORAGE}`);
    await m.reboot();
    await refused([5]);
    await m.sh(`rmdir ${STORAGE}; mv ${STORAGE}.away ${STORAGE}`);
    await until(
      async () => {
        await m.wnm([]);
        const statuses = Object.values(await m.statuses());
        const living = await m.sh("pgrep -u ant -f root-dir | wc -l");
        return living === "2" && statuses.every((status) => status === "RUNNING") && statuses.length === 2;
      },
      "both nodes run again",
      WAIT_MS,
    );
  });

  test("a link that a node's account planted gives it no folder of root's", async () => {
    await m.sh("mkdir -m 700 /victim; chown ant /var/log/antnode");
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9])
      await m.exec(["runuser", "-u", "ant", "--", "ln", "-s", "/victim", `/var/log/antnode/antnode000${n}`]);
    const { code, stderr } = await m.wnm(["--force_action", "add"]);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining("a link or a file has the name of its folder"),
    });
    expect(await m.sh("stat -c '%U %a' /victim; ls -A /victim")).toBe("root 700");
    expect(Object.keys(await m.statuses())).toHaveLength(2);
  });
});
