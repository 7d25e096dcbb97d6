import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { type EngineMachine, engineMachine, IMAGE } from "../support/engine.ts";
import { until } from "../support/until.ts";
import { compiledWnm, ROOMY } from "../support/wnm.ts";

setDefaultTimeout(300_000);

describe("the compiled wnm with a real engine, run by an account in the group docker", () => {
  let made: EngineMachine;
  const sql = `import json, os, sqlite3, sys
db = sqlite3.connect(os.path.expanduser("~/.local/share/autonomi/colony.db"))
db.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in db.execute(sys.argv[1])]))`;

  beforeAll(async () => {
    made = await engineMachine("docker-cli");
    const { machine, home } = made;
    await machine.exec(["usermod", "-aG", "docker", "ant"]);
    await machine.push(await compiledWnm(), "/usr/local/bin/wnm");
    await machine.push(await buildAntnode(join(home, "antnode")), "/home/ant/.local/bin/antnode");
    await machine.exec(["chown", "-R", "ant:ant", "/home/ant"]);
  }, 600_000);
  afterAll(() => made[Symbol.asyncDispose]());

  const exec = (...argv: readonly string[]) => made.machine.exec(argv, { user: "ant", timeout_ms: 150_000 });
  const wnm = (...args: readonly string[]) => exec("wnm", ...args);
  const rows = async (query: string): Promise<readonly Record<string, unknown>[]> =>
    JSON.parse((await exec("python3", "-c", sql, query)).stdout);
  const states = async () => {
    await wnm("--force_action", "survey");
    return (await rows("SELECT id, status, container_id FROM node ORDER BY id")).map(
      ({ id, status, container_id }) => `${id} ${status} in ${container_id}`,
    );
  };
  const init = async (kind: string, ...args: readonly string[]) => {
    await exec("rm", "-rf", "/home/ant/.local/share");
    const given = ["--init", "--rewards_address=donate", "--no_upnp", `--docker_image=${IMAGE}`];
    const ended = await wnm(...given, `--process_manager=${kind}`, ...ROOMY, ...args);
    expect(ended).toMatchObject({ code: 0 });
  };

  test("nodes are spread over three containers in one run, and come back with the engine", async () => {
    await init("s6overlay+user", "--max_node_per_container=20", "--min_container_count=3");
    expect(await wnm("--force_action=add", "--count=4")).toMatchObject({ code: 0 });
    const running = ["1 RUNNING in 1", "2 RUNNING in 1", "21 RUNNING in 2", "41 RUNNING in 3"];
    expect(await states()).toEqual(running);
    expect(await rows("SELECT * FROM container ORDER BY id")).toMatchObject(
      [1, 21, 41].map((first, i) => ({
        id: i + 1,
        name: expect.stringMatching(new RegExp(`^a${i + 1}-[0-9a-f]{8}$`)),
        container_id: expect.stringMatching(/^[0-9a-f]{64}$/),
        image: IMAGE,
        status: "RUNNING",
        port_range_start: 55_000 + first,
        port_range_end: 55_019 + first,
        metrics_port_range_start: 13_000 + first,
        metrics_port_range_end: 13_019 + first,
      })),
    );
    await wnm("--force_action=stop", "--service_name=antnode0002");
    await made.machine.exec(["systemctl", "restart", "docker"], { timeout_ms: 150_000 });
    const back = running.map((line) => line.replace("2 RUNNING in 1", "2 STOPPED in 1"));
    await until(async () => Bun.deepEquals(await states(), back), "all but the stopped node", 60_000);
    expect(await wnm("--force_action=remove", "--service_name=21,41")).toMatchObject({ code: 0 });
    // min_container_count keeps empty containers as long as there are nodes.
    expect(await rows("SELECT id FROM container")).toHaveLength(3);
    expect(await wnm("--force_action=remove", "--service_name=1,2")).toMatchObject({ code: 0 });
    expect(await rows("SELECT id FROM container")).toEqual([]);
    expect((await exec("docker", "ps", "-aq")).stdout).toBe("");
  });

  test("with one container per node, the table follows the nodes, and a failed add leaves nothing", async () => {
    await init("docker+user", "--docker_args=--memory 200m");
    expect(await wnm("--force_action=add", "--count=2")).toMatchObject({ code: 0 });
    expect(await states()).toEqual(["1 RUNNING in 1", "2 RUNNING in 2"]);
    expect(await rows("SELECT port_range_start, port_range_end, status FROM container")).toEqual([
      { port_range_start: 55_001, port_range_end: 55_001, status: "RUNNING" },
      { port_range_start: 55_002, port_range_end: 55_002, status: "RUNNING" },
    ]);
    expect(await wnm("--force_action=remove", "--service_name=1")).toMatchObject({ code: 0 });
    expect(await rows("SELECT id FROM container")).toEqual([{ id: 2 }]);
    const failed = await wnm("--force_action=add", "--docker_image=localhost/nowhere");
    expect(failed.code).toBe(3);
    expect(failed.stderr).toContain("wnm --dockerfile");
    expect(await rows("SELECT id FROM container")).toEqual([{ id: 2 }]);
    expect(await rows("SELECT id FROM node")).toEqual([{ id: 2 }]);
  });

  test("--dockerfile prints a Dockerfile and needs no colony", async () => {
    const { code, stdout } = await exec("env", "HOME=/nowhere", "wnm", "--dockerfile");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^FROM /m);
    expect((await exec("wnm", "--dockerfile", "--bogus")).code).toBe(2);
  });
});
