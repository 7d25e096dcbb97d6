import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { livingProcess } from "../../src/os/processes/identity.ts";
import { writeFaults } from "../fixtures/antnode-faults.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { folderState } from "../support/folder-state.ts";
import { catchesTerm } from "../support/signals.ts";
import { until } from "../support/until.ts";
import { aColony, aHome, ROOMY, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements, livingNodes } from "../torture/agreement.ts";

setDefaultTimeout(300_000);

const ADDRESS = "0x00455d78f850b0358e8cea5be24d415e01e107cf";
const statuses = (wnm: Wnm) => wnm.nodes().map((row) => `${row.node_name} ${row.status}`);
/** A run that does not need to spend a second on measuring. */
const tick = (wnm: Wnm, ...args: readonly string[]) => {
  ageSample(wnm);
  return wnm.run(args);
};
const pidOf = (wnm: Wnm, id: number): number => Number(wnm.nodes().find((row) => row.id === id)?.pid);
const nodeFolder = (wnm: Wnm, id: number): string =>
  join(wnm.base, "node", `antnode${String(id).padStart(4, "0")}`);

describe("before init", () => {
  test("no command creates anything", async () => {
    await using wnm = await aHome();
    const calls = [
      [],
      ["--dry_run"],
      ["--force_action", "add"],
      ["--report", "node-status"],
      ["--node_cap", "3"],
      ["--force_action", "update_config", "--node_cap=3"],
    ];
    for (const call of calls) {
      const { code, stderr } = await wnm.run(call);
      expect({ call, code }).toEqual({ call, code: 4 });
      expect(stderr).toContain("Please initialize wnm first");
    }
    expect(readdirSync(wnm.home)).toEqual([]);
  });

  test.each([
    [["--init"], /Rewards Address is required/],
    [["--init", "--rewards_address", "0x123"], /Expected 0x and 40 hexadecimal digits/],
    [["--init", "--rewards_address", "0x00455d78f850b0358E8cea5be24d415E01E107Cf"], /checksum/],
    [["--init", "--rewards_address", ADDRESS, "--dry_run"], /is not supported with --init/],
    [
      ["--init", "--rewards_address", ADDRESS, "--cpu_less_than", "90"],
      /--cpu_less_than 90 .*must not be above/,
    ],
    [["--init", "--rewards_address", ADDRESS, "--port_start", "13"], /overlap/],
  ])("%p is refused, and nothing is created", async (args, message) => {
    await using wnm = await aHome();
    const { code, stderr } = await wnm.run([...args, "--process_manager=setsid+user"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(readdirSync(wnm.home)).toEqual([]);
  });
});

describe("init", () => {
  test("creates folders, marker and a private database, and says what it chose", async () => {
    await using wnm = await aHome();
    const { stdout } = await wnm.init("--node_cap", "3");
    expect(statSync(wnm.database).mode & 0o777).toBe(0o600);
    expect(readFileSync(wnm.database).subarray(18, 20)).toEqual(Buffer.from([2, 2]));
    expect(existsSync(join(wnm.base, "node/.wnm-storage"))).toBe(true);
    for (const word of [wnm.database, "setsid+user", "donate", "version 0.4.17", "at most 3 nodes"])
      expect(stdout.replace(/ +/g, " ")).toContain(word);
    const set_aside = [".wnm-ballast", ".wnm-lock", ".wnm_active", "colony.db-wal"];
    expect(readdirSync(wnm.base).toSorted()).toEqual([...set_aside, "colony.db", "logs", "node"].toSorted());
  });

  test("is refused a second time and changes nothing", async () => {
    await using wnm = await aColony();
    const before = folderState(wnm.base);
    const { code, stderr } = await wnm.run([
      "--init",
      "--rewards_address",
      ADDRESS,
      "--process_manager=setsid+user",
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("Machine already initialized");
    expect(folderState(wnm.base)).toEqual(before);
  });
});

describe("a colony's life", () => {
  let wnm: Wnm;
  beforeAll(async () => {
    wnm = await aColony("--node_cap", "3");
  });
  afterAll(() => wnm[Symbol.asyncDispose]());

  test("each run adds a node up to the cap, as the preceding dry run announced without changing a byte", async () => {
    for (const expected of [1, 2, 3]) {
      ageSample(wnm);
      const before = folderState(wnm.base, /^(node|logs|bootstrap-cache)/);
      const dry = await wnm.ok(["--dry_run", "--json"]);
      expect(folderState(wnm.base, /^(node|logs|bootstrap-cache)/)).toEqual(before);
      const plan = JSON.parse(dry.stdout).plan as readonly { type: string; node: number }[];
      expect(plan.map(({ type, node }) => ({ type, node }))).toEqual([{ type: "add", node: expected }]);
      const real = JSON.parse((await wnm.ok(["--json"])).stdout);
      expect(real.actions).toMatchObject([{ action: "add", node: `antnode000${expected}`, success: true }]);
      expect(livingNodes(wnm)).toHaveLength(expected);
    }
    const idle = await tick(wnm);
    expect(idle.stderr).toContain('"status":"idle"');
    expect(idle.stderr).toContain("3 nodes running = node_cap 3");
    expect(disagreements(wnm)).toEqual([]);
  });

  test("a dry run says why there is nothing to do", async () => {
    ageSample(wnm);
    expect((await wnm.ok(["--dry_run"])).stdout).toContain("nothing to do: 3 nodes running = node_cap 3");
  });

  test("nodes run in their own sessions and hold neither the lock nor a pipe of wnm", () => {
    for (const id of [1, 2, 3]) {
      const pid = pidOf(wnm, id);
      expect(livingProcess(pid)?.group).toBe(pid);
      const open = readdirSync(`/proc/${pid}/fd`).map((fd) => {
        try {
          return readlinkSync(`/proc/${pid}/fd/${fd}`);
        } catch {
          return "";
        }
      });
      expect(open.filter((path) => path.includes("wnm_active") || path.includes("colony.db"))).toEqual([]);
      expect(readlinkSync(`/proc/${pid}/fd/0`)).toBe("/dev/null");
      expect(readlinkSync(`/proc/${pid}/fd/1`)).toBe(join(wnm.base, `logs/antnode000${id}/output.log`));
    }
  });

  test("a node's environment is clean except for --environment, and start_args come before the network", async () => {
    await wnm.ok([
      "--force_action",
      "update_config",
      "--environment",
      "FOO='a b' BAR=2",
      "--start_args",
      "--log-format json",
    ]);
    await wnm.ok(["--force_action", "stop", "--service_name", "antnode0003"]);
    await wnm.ok(["--force_action", "start", "--service_name", "3"], {
      RUST_LOG: "debug",
      ANT_PEERS: "x",
      SECRET: "y",
    });
    const env = readFileSync(`/proc/${pidOf(wnm, 3)}/environ`, "utf8")
      .split("\0")
      .filter(Boolean)
      .toSorted();
    expect(env.map((pair) => pair.split("=")[0])).toEqual(["BAR", "FOO", "HOME", "PATH"]);
    expect(env).toContain("FOO=a b");
    const argv = readFileSync(`/proc/${pidOf(wnm, 3)}/cmdline`, "utf8").split("\0");
    expect(argv.slice(-4, -1)).toEqual(["--log-format", "json", "evm-arbitrum-one"]);
    await wnm.ok(["--force_action", "update_config", "--environment=", "--start_args="]);
    expect(wnm.machine()).toMatchObject({ environment: null, start_args: null });
  });

  test("peer ids and metrics are read, and an idle run starts no child process", async () => {
    await until(async () => {
      await tick(wnm);
      return wnm
        .nodes()
        .every((row) => String(row.peer_id).startsWith("12D3KooW") && Number(row.connected_peers) > 0);
    }, "every node to answer");
    ageSample(wnm);
    const trace = Bun.spawn(["strace", "-f", "-qq", "-e", "trace=execve", wnm.binary], {
      env: { HOME: wnm.home },
      stdout: "ignore",
      stderr: "pipe",
    });
    const calls = (await trace.stderr.text()).match(/execve\(/g) ?? [];
    expect(calls).toHaveLength(1);
    expect(statuses(wnm)).toEqual(["0001 RUNNING", "0002 RUNNING", "0003 RUNNING"]);
  });

  test("a killed node is started again by the next run, even at the cap", async () => {
    await wnm.kill(2);
    const { stderr } = await tick(wnm);
    expect(stderr).toContain("start antnode0002: it went down");
    expect(disagreements(wnm)).toEqual([]);
  });

  test("pressure stops the youngest node, with the reason in numbers; delay_restart holds it, and then it starts again", async () => {
    const shed = await tick(wnm, "--mem_less_than=0", "--mem_remove=1", "--delay_restart=3600");
    expect(shed.stderr).toMatch(/stop antnode0003: mem [\d.]+ % > mem_remove 1 %/);
    expect(statuses(wnm)).toContain("0003 STOPPED");
    const held = await tick(wnm, "--mem_less_than=99", "--mem_remove=100");
    expect(held.stderr).toMatch(/the last stop was \d+ s ago < delay_restart 3600 s/);
    const back = await tick(wnm, "--delay_restart=0");
    expect(back.stderr).toContain("start antnode0003: there is room again");
    expect(disagreements(wnm)).toEqual([]);
  });

  test("a lower cap stops and removes the youngest node, and a higher one adds a node again", async () => {
    await tick(wnm);
    expect((await tick(wnm, "--node_cap=2", "--delay_remove=3600")).stderr).toContain(
      "stop, then remove, antnode0003: 3 nodes > node_cap 2",
    );
    expect(statuses(wnm)).toContain("0003 REMOVING");
    expect(existsSync(nodeFolder(wnm, 3))).toBe(true);
    expect((await tick(wnm)).stderr).toContain("idle");
    expect((await tick(wnm, "--delay_remove=0")).stderr).toContain("remove antnode0003: it was stopped");
    expect(existsSync(nodeFolder(wnm, 3))).toBe(false);
    expect(existsSync(join(wnm.base, "logs/antnode0003"))).toBe(false);
    expect(disagreements(wnm)).toEqual([]);
    expect((await tick(wnm, "--node_cap=3")).stderr).toContain("add antnode0003");
  });

  test("upgrades need --enable_upgrade, come one at a time, and report the new version", async () => {
    const newer = join(wnm.home, "newer/antnode");
    await buildAntnode(newer, "0.4.18");
    expect((await tick(wnm, "--antnode_path", newer)).stderr).toContain("idle");
    expect((await tick(wnm, "--enable_upgrade")).stderr).toContain(
      "upgrade antnode0001 to 0.4.18: version 0.4.17 < 0.4.18",
    );
    await until(async () => {
      await tick(wnm, "--enable_upgrade");
      return wnm.nodes().every((row) => row.version === "0.4.18");
    }, "every node to be upgraded");
    expect((await tick(wnm, "--enable_upgrade")).stderr).toContain("idle");
    await tick(wnm, "--antnode_path", join(wnm.home, ".local/bin/antnode"));
    expect((await tick(wnm, "--enable_upgrade")).stderr).toContain("idle");
    expect(disagreements(wnm)).toEqual([]);
  });

  test("a recorded pid that belongs to another process is not signalled", async () => {
    const stranger = Bun.spawn(["sleep", "300"], { detached: true });
    await wnm.kill(1);
    wnm.sql("UPDATE node SET pid = ? WHERE id = 1", stranger.pid);
    await tick(wnm);
    await wnm.ok(["--force_action", "stop", "--service_name", "1"]);
    expect(stranger.exitCode).toBeNull();
    expect(livingProcess(stranger.pid)).toBeDefined();
    stranger.kill();
    await wnm.ok(["--force_action", "start", "--service_name", "1"]);
    expect(disagreements(wnm)).toEqual([]);
  });

  test("a node that ignores SIGTERM is killed after its grace time", async () => {
    writeFaults(nodeFolder(wnm, 3), { ignore_sigterm: true });
    const pid = pidOf(wnm, 3);
    await until(() => catchesTerm(pid), "the node to know its switches");
    await wnm.ok(["--force_action", "stop", "--service_name", "3", "--stop_grace=1"]);
    expect(livingProcess(pid)).toBeUndefined();
    rmSync(join(nodeFolder(wnm, 3), "fake.json"));
    await wnm.ok(["--force_action", "start", "--service_name", "3"]);
  });

  test("a forced removal of everything leaves no process, no folder and no row", async () => {
    await wnm.ok(["--force_action", "remove", "--count", "100", "--confirm"]);
    expect(wnm.nodes()).toEqual([]);
    expect(livingNodes(wnm)).toEqual([]);
    expect(readdirSync(join(wnm.base, "node"))).toEqual([".wnm-storage"]);
    expect(readdirSync(join(wnm.base, "logs"))).toEqual([]);
  });
});

describe("a survey", () => {
  test("does not stop a live but silent node, which is restarted after delay_restart", async () => {
    await using wnm = await aColony("--node_cap=1", "--delay_restart=3600");
    await tick(wnm);
    await tick(wnm);
    const pid = pidOf(wnm, 1);
    writeFaults(nodeFolder(wnm, 1), { hang: true });
    await until(async () => {
      await tick(wnm);
      return wnm.nodes()[0]?.silent_since !== null;
    }, "the silence to be noticed");
    expect(statuses(wnm)).toEqual(["0001 RUNNING"]);
    expect(pidOf(wnm, 1)).toBe(pid);
    wnm.sql("UPDATE node SET silent_since = silent_since - 4000");
    const { stderr } = await tick(wnm);
    expect(stderr).toMatch(/restart antnode0001: silent for \d+ s > delay_restart 3600 s/);
    expect(pidOf(wnm, 1)).not.toBe(pid);
  });

  test("reports a node that ended itself with the reason and the setting that cures it", async () => {
    await using wnm = await aColony(
      "--node_cap=1",
      "--no_upnp=false",
      "--environment",
      `ANTNODE_FAKE='{"no_gateway":2000}'`,
    );
    await tick(wnm);
    await until(() => livingNodes(wnm).length === 0, "the node to end itself");
    const { stderr } = await tick(wnm);
    expect(stderr).toContain("antnode0001 is tried again in");
    expect(String(wnm.nodes()[0]?.problem)).toMatch(/UPnP.*cure: wnm --no_upnp/);
    expect(stderr).toMatch(/UPnP.*cure: wnm --no_upnp/);
  });

  test("is not harmed by hostile answers, and stores none of them", async () => {
    await using wnm = await aColony("--node_cap=3");
    await wnm.ok(["--force_action", "add", "--count=3"]);
    await tick(wnm);
    writeFaults(nodeFolder(wnm, 1), { endless: true });
    writeFaults(nodeFolder(wnm, 2), { garbage: true });
    writeFaults(nodeFolder(wnm, 3), {
      body: 'ant_node_uptime NaN\nant_networking_records_stored 1e309\n"\x1b[31m',
    });
    const { code } = await tick(wnm);
    expect(code).toBe(0);
    expect(statuses(wnm)).toEqual(["0001 RUNNING", "0002 RUNNING", "0003 RUNNING"]);
  });
});

describe("safety", () => {
  test("one of three simultaneous runs works, and the others find the lock held", async () => {
    await using wnm = await aColony("--node_cap=9");
    ageSample(wnm);
    const codes = await Promise.all([1, 2, 3].map(async () => (await wnm.run([])).code));
    expect(codes.toSorted()).toEqual([0, 75, 75]);
    expect(wnm.nodes()).toHaveLength(1);
    expect(existsSync(join(wnm.base, "wnm_active"))).toBe(false);
  });

  test("a killed run never blocks the next, and a report never waits", async () => {
    await using wnm = await aColony();
    const victim = wnm.start([]);
    await until(() => existsSync(join(wnm.base, "wnm_active")), "the lock");
    expect((await wnm.run(["--report", "node-status"])).code).toBe(0);
    victim.kill("SIGKILL");
    await victim.exited;
    expect((await wnm.run(["--force_action", "nullop"])).code).toBe(0);
  });

  test("while the storage is gone nothing is created, no node counts as dead and the exit code is 5; once it is back, so is the colony", async () => {
    await using wnm = await aColony("--node_cap=2");
    await tick(wnm);
    const storage = join(wnm.base, "node");
    for (const swap of ["gone", "empty", "stranger"]) {
      renameSync(storage, `${storage}.away`);
      if (swap !== "gone") mkdirSync(storage);
      if (swap === "stranger") writeFileSync(join(storage, ".wnm-storage"), "another\n");
      const before = wnm.nodes();
      for (const call of [[], ["--force_action", "add"], ["--force_action", "remove"]]) {
        const { code, stderr } = await tick(wnm, ...call);
        expect(code).toBe(5);
        expect(stderr.trim().split("\n")).toHaveLength(1);
      }
      expect(wnm.nodes()).toEqual(before);
      expect(
        existsSync(storage) ? readdirSync(storage).filter((name) => name.startsWith("antnode")) : [],
      ).toEqual([]);
      rmSync(storage, { recursive: true, force: true });
      renameSync(`${storage}.away`, storage);
    }
    expect((await tick(wnm)).stderr).toContain("add antnode0002");
    expect(disagreements(wnm)).toEqual([]);
  });

  test("a node whose folder was deleted is dead, and its leftovers are removed", async () => {
    await using wnm = await aColony("--node_cap=1");
    await tick(wnm);
    rmSync(nodeFolder(wnm, 1), { recursive: true });
    await wnm.kill(1);
    expect((await tick(wnm)).stderr).toContain("remove antnode0001: it is dead");
    expect(wnm.nodes()).toEqual([]);
  });

  test("a folder that is not a node of the colony is left alone, and its number is skipped", async () => {
    await using wnm = await aColony();
    mkdirSync(nodeFolder(wnm, 1));
    writeFileSync(join(nodeFolder(wnm, 1), "secret-key"), "precious");
    expect((await tick(wnm)).stderr).toContain("add antnode0002");
    expect(readFileSync(join(nodeFolder(wnm, 1), "secret-key"), "utf8")).toBe("precious");
  });

  test.each([
    ["missing", /there is no node program at/],
    ["not executable", /cannot be run/],
    ["not a node", /is not a node program/],
    ["broken", /ended with code 7/],
  ])(
    "a program that is %s causes a clear error and exit code 3, and leaves nothing behind",
    async (kind, message) => {
      await using wnm = await aColony();
      const program = join(wnm.home, ".local/bin/antnode");
      rmSync(program);
      if (kind === "not executable") writeFileSync(program, "x", { mode: 0o644 });
      if (kind === "not a node") writeFileSync(program, "#!/bin/sh\necho hello\n", { mode: 0o755 });
      if (kind === "broken") writeFileSync(program, "#!/bin/sh\nexit 7\n", { mode: 0o755 });
      const { code, stderr } = await tick(wnm);
      expect(code).toBe(3);
      expect(stderr).toMatch(message);
      expect(wnm.nodes()).toEqual([]);
      expect(readdirSync(join(wnm.base, "node"))).toEqual([".wnm-storage"]);
    },
  );

  test("a program that dies at once leaves no node behind", async () => {
    await using wnm = await aColony(
      "--environment",
      `ANTNODE_FAKE='{"die_at_start":{"code":4,"stderr":"no luck today"}}'`,
    );
    const { code, stderr } = await tick(wnm);
    expect(code).toBe(3);
    expect(stderr).toContain("no luck today");
    expect(disagreements(wnm)).toEqual([]);
    expect(wnm.nodes()).toEqual([]);
  });

  test("wnm works in a home folder with spaces and quotes, with a bare environment and a deleted working directory", async () => {
    await using outer = await aHome('wnm it\'s "here" ');
    await outer.init("--node_cap=1");
    expect((await tick(outer)).code).toBe(0);
    expect((await tick(outer)).stderr).toContain("idle");
    expect(disagreements(outer)).toEqual([]);
    await outer.ok(["--force_action", "remove"]);
    expect(disagreements(outer)).toEqual([]);
  });

  test("a read-only home causes a clear error without a stack trace", async () => {
    await using wnm = await aHome();
    chmodSync(wnm.home, 0o500);
    const asNobody = Bun.spawn(
      [
        "setpriv",
        "--reuid=65534",
        "--clear-groups",
        wnm.binary,
        "--init",
        "--rewards_address",
        ADDRESS,
        "--process_manager=setsid+user",
        ...ROOMY,
      ],
      {
        env: { HOME: wnm.home },
        stdout: "ignore",
        stderr: "pipe",
      },
    );
    const stderr = await asNobody.stderr.text();
    expect(await asNobody.exited).toBe(1);
    expect(stderr).not.toContain("    at ");
    chmodSync(wnm.home, 0o700);
  });
});
