import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandFailed } from "../../../src/base/errors.ts";
import type { Node } from "../../../src/model/node.ts";
import { commandRunner, type Run } from "../../../src/os/command.ts";
import { listProcesses } from "../../../src/os/processes/identity.ts";
import { sudoAntctl, userAntctl, zenAntctl } from "../../../src/process/antctl/access.ts";
import { antctlCommand } from "../../../src/process/antctl/command.ts";
import { antctl } from "../../../src/process/antctl/manager.ts";
import type { AntctlSettings } from "../../../src/process/contract/make-manager.ts";
import type { Launch } from "../../../src/process/contract/manager.ts";
import { antnode } from "../../../src/software/antnode.ts";
import { foreignFlags } from "../../../src/software/foreign-flags.ts";
import { NOTHING_KNOWN } from "../../../src/software/program-memory.ts";
import { knownPrograms } from "../../../src/software/programs.ts";
import { buildAntnode } from "../../fixtures/build-antnode.ts";
import { antctlScript } from "../../support/antctl.ts";
import { aConfig, aNode } from "../../support/builders.ts";
import { portBlocks, releasePorts } from "../../support/ports.ts";
import { until } from "../../support/until.ts";

setDefaultTimeout(300_000);

const NOBODY = 1_000_000;
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** A home folder with a stand-in antctl whose switches can be changed. */
async function place(changes: Partial<AntctlSettings> = {}, make = userAntctl) {
  const home = mkdtempSync(join(tmpdir(), "wnm-antctl-"));
  const storage = join(home, ".local/share/autonomi/node");
  const logs = join(home, "logs");
  mkdirSync(storage, { recursive: true });
  mkdirSync(logs);
  const calls = join(home, "calls");
  const switches = (more: Readonly<Record<string, unknown>> = {}) =>
    antctlScript(home, { own_services: true, wait_ms: 200, calls, ...more });
  const run = commandRunner(home);
  const settings: AntctlSettings = {
    antctl_path: switches(),
    antctl_debug: false,
    antctl_version: undefined,
    rust_backtrace: undefined,
    ...changes,
  };
  const account = { user: "ant", home };
  const fresh = () =>
    antctl(make({ run, platform: "linux", uid: NOBODY, account, sleep: Bun.sleep }, settings));
  const program = await buildAntnode(join(home, "antnode"));
  const binary = await knownPrograms(NOTHING_KNOWN, run, process.getuid?.() ?? 0).ofOperator(program);
  if (binary.version === undefined) throw new Error(binary.problem);
  const blocks = await portBlocks();
  const allowedFolders = { storages: [storage], logs };
  const aNodeHere = (id: number): { node: Node; launch: Launch } => {
    const name = `antnode${String(id).padStart(4, "0")}`;
    const node = aNode(id, {
      root_dir: join(storage, name),
      binary: join(storage, name, "antnode"),
      log_dir: join(logs, name),
      port: blocks.port_start * 1000 + id,
      metrics_port: blocks.metrics_port_start * 1000 + id,
      rpc_port: blocks.rpc_port_start * 1000 + id,
      ...{ pid: undefined, pid_started: undefined, boot_id: undefined },
    });
    const place = { home, bootstrap_cache: "", foreign_flags: foreignFlags("antnode"), supervised: true };
    const args = antnode.arguments(node, aConfig({ no_upnp: true }), binary.flags, place);
    return { node, launch: { program, runnable: binary.runnable, args, env: { HOME: home } } };
  };
  const manager = fresh();
  const created = async (id: number, by = manager) => {
    const { node, launch } = aNodeHere(id);
    await by.create(node, launch);
    return { node: { ...node, ...by.placementOf?.(node) }, launch };
  };
  ends.push(async () => {
    switches();
    await run([settings.antctl_path, "-v", "reset", "--force"], { accept: [1] });
    rmSync(home, { recursive: true, force: true });
    releasePorts(blocks);
  });
  return { home, storage, logs, calls, switches, run, manager, fresh, allowedFolders, aNodeHere, created };
}

describe("what antctl runs", () => {
  const SUDO: typeof userAntctl = (where, settings) => ({ ...userAntctl(where, settings), privileged: true });

  test("a program that a node may have written is not given to an antctl that runs as root", async () => {
    const { manager, aNodeHere, calls } = await place({}, SUDO);
    const { node, launch } = aNodeHere(1);
    const unknown = { ...launch, runnable: undefined };
    await expect(manager.create(node, unknown)).rejects.toThrow(/is not given .*antnode for antnode0001/);
    expect(existsSync(calls) ? readFileSync(calls, "utf8") : "").not.toContain("begin add");
    await manager.create(node, launch);
    const placed = { ...node, ...manager.placementOf?.(node) };
    await expect(manager.upgrade(placed, unknown)).rejects.toThrow("a node may have written it");
    expect(readFileSync(calls, "utf8")).not.toContain("begin upgrade");
  });
});

describe("antctl chooses names and folders", () => {
  test("a node is placed below the colony's folders under antctl's own number, and no id is used twice", async () => {
    const { manager, created, storage, logs, allowedFolders } = await place();
    const { node } = await created(12);
    expect(manager.ids).toBe("never reuse");
    expect(node.service).toBe("antnode1");
    expect(node.root_dir).toBe(`${storage}/antnode1`);
    expect(node.binary).toBe(`${storage}/antnode1/antnode`);
    expect(node.log_dir).toBe(`${logs}/antnode1`);
    await manager.remove(node, allowedFolders);
    // A removed service keeps its number and its ports.
    expect((await created(13)).node.service).toBe("antnode2");
    await expect(created(12)).rejects.toThrow(/Port \d+ is being used by another service/);
    expect(manager.placementOf?.(aNode(12))).toBeDefined();
  });

  test("zen uses antctl's folders, and a storage elsewhere is refused before anything is created", async () => {
    const { created, storage, calls, aNodeHere, manager } = await place({}, (where, settings) => ({
      ...zenAntctl(where, settings),
      // The stand-in downloads nothing, so its program is given.
      style: { folders: "own", program: { from: "file" } },
    }));
    const { node } = await created(1);
    expect(node.log_dir).toBe(`${storage}/antnode1/logs`);
    const { node: other, launch } = aNodeHere(2);
    const elsewhere = { ...other, root_dir: "/elsewhere/antnode0002" };
    await expect(manager.create(elsewhere, launch)).rejects.toThrow(/--node_storage/);
    expect(manager.placementOf?.(elsewhere)).toBeUndefined();
    expect(readFileSync(calls, "utf8").match(/begin add/g)).toHaveLength(1);
  });

  test("create after a kill between antctl and our database finds the service it made", async () => {
    const { fresh, created } = await place();
    await created(3);
    const { node } = await created(3, fresh());
    expect(node.service).toBe("antnode1");
  });

  test("a service that a kill left without a name can be stopped and removed", async () => {
    const { fresh, created, aNodeHere, allowedFolders } = await place();
    const { node } = await created(3);
    const unnamed = aNodeHere(3).node;
    const next = fresh();
    await next.stop(unnamed);
    await next.remove(unnamed, allowedFolders);
    expect(existsSync(node.root_dir)).toBe(false);
  });

  test("another's service on the same ports is not taken over", async () => {
    const { fresh, created, manager } = await place();
    const { node, launch } = await created(3);
    await manager.start(node, launch);
    await expect(created(3, fresh())).rejects.toThrow(/being used/);
    await manager.stop(node);
  });

  test("a program with another name is refused, because it would not be found again", async () => {
    const { aNodeHere, manager } = await place();
    const { node, launch } = aNodeHere(1);
    await expect(manager.create(node, { ...launch, program: "/bin/my-node" })).rejects.toThrow(
      /antnode_path/,
    );
  });
});

describe("antctl's output is only a hint", () => {
  test("a start that antctl reports as failed is a success if the node runs", async () => {
    const { manager, created, switches } = await place();
    const { node, launch } = await created(1);
    switches({ silent_nodes: true });
    const process = await manager.start(node, launch);
    expect(process?.pid).toBeGreaterThan(1);
    expect((await manager.inspect([node])).get(node.id)?.state).toBe("running");
  });

  test("an upgrade that antctl reports as failed is not rolled back if the node runs", async () => {
    const { manager, created, switches } = await place();
    const { node, launch } = await created(1);
    const before = await manager.start(node, launch);
    switches({ silent_nodes: true });
    const after = await manager.upgrade({ ...node, ...before }, launch);
    expect(after?.pid).not.toBe(before?.pid);
    expect(after?.pid).toBeGreaterThan(1);
  });

  test("a neighbour that does not answer does not prevent a node from being stopped or removed", async () => {
    const { manager, created, switches, allowedFolders } = await place();
    const [first, second] = [await created(1), await created(2)];
    await manager.start(first.node, first.launch);
    await manager.start(second.node, second.launch);
    switches({ silent_nodes: true });
    await manager.stop(first.node);
    await manager.remove(first.node, allowedFolders);
    const states = await manager.inspect([first.node, second.node]);
    expect(states.get(first.node.id)?.state).toBe("missing");
    expect(states.get(second.node.id)?.state).toBe("running");
    switches();
    await manager.stop(second.node);
  });

  test("inspecting nodes does not call antctl at all", async () => {
    const { manager, created, calls } = await place();
    const { node } = await created(1);
    const before = readFileSync(calls, "utf8");
    await manager.inspect([node]);
    expect(readFileSync(calls, "utf8")).toBe(before);
  });

  test("colours, --debug and log lines on stdout make no difference", async () => {
    const { manager, created, switches, allowedFolders } = await place({ antctl_debug: true });
    switches({ colour: true, log_on_stdout: true });
    const { node, launch } = await created(1);
    expect(node.service).toBe("antnode1");
    await manager.start(node, launch);
    await manager.stop(node);
    await manager.remove(node, allowedFolders);
    expect(existsSync(node.root_dir)).toBe(false);
  });
});

describe("no service but the node's own is affected", () => {
  test("every call but status and add names a service", async () => {
    const { manager, created, calls, allowedFolders } = await place();
    const { node, launch } = await created(1);
    await manager.start(node, launch);
    await manager.upgrade(node, launch);
    await manager.stop(node);
    await manager.remove(node, allowedFolders);
    await manager.stop(node);
    const begun = readFileSync(calls, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("begin"));
    for (const line of begun) expect(line).toMatch(/^begin (status --json|add |.*--service-name antnode1$)/);
  });

  test("a service that took a node's name after the operator reset antctl is left alone", async () => {
    const { manager, fresh, created, aNodeHere, allowedFolders } = await place();
    const { node, launch } = await created(1);
    await manager.start(node, launch);
    const forgotten = { ...aNodeHere(8).node, service: node.service };
    const other = fresh();
    await other.stop(forgotten);
    await other.remove(forgotten, allowedFolders);
    await expect(other.upgrade(forgotten, launch)).rejects.toThrow(/no service of antnode0008/);
    expect((await manager.inspect([node])).get(node.id)?.state).toBe("running");
    await manager.stop(node);
  });

  test("a reset is a single call if all services are the colony's", async () => {
    const { manager, created, calls, allowedFolders, home } = await place();
    const nodes = [(await created(1)).node, (await created(2)).node];
    await manager.reset?.(nodes, allowedFolders);
    expect(readFileSync(calls, "utf8")).toContain("begin -v reset --force");
    for (const state of (await manager.inspect(nodes)).values()) expect(state.state).toBe("missing");
    expect(existsSync(join(home, ".local/share/autonomi/node/node_registry.json"))).toBe(false);
  });

  test("a reset keeps the services of other accounts", async () => {
    const { manager, created, calls, allowedFolders, fresh } = await place();
    const ours = (await created(1)).node;
    const other = (await created(9, fresh())).node;
    await manager.reset?.([ours], allowedFolders);
    expect(readFileSync(calls, "utf8")).not.toContain("reset");
    expect(existsSync(ours.root_dir)).toBe(false);
    expect(existsSync(other.root_dir)).toBe(true);
  });

  test("a reset is refused if a service's folder is outside the colony's folders", async () => {
    const { manager, created, logs } = await place();
    const { node } = await created(1);
    await expect(manager.reset?.([node], { storages: ["/elsewhere"], logs })).rejects.toThrow(/outside/);
    expect(existsSync(node.root_dir)).toBe(true);
  });
});

describe("a call of antctl", () => {
  const settings: AntctlSettings = {
    antctl_path: "/opt/antctl",
    antctl_debug: true,
    antctl_version: undefined,
    rust_backtrace: "full",
  };
  const recorder = () => {
    const made: { argv: readonly string[]; env: unknown }[] = [];
    const run: Run = async (argv, options) => {
      made.push({ argv, env: options?.env });
      return { code: 0, stdout: "", stderr: "" };
    };
    return { made, run };
  };
  const account = { user: "ant", home: "/home/ant" };

  test("with sudo never prompts, and passes the backtrace after sudo", async () => {
    const { made, run } = recorder();
    const how = { run, platform: "linux", account, sleep: Bun.sleep, asRoot: ["sudo", "-n"] } as const;
    await sudoAntctl(how, settings).antctl(["status", "--json"]);
    await sudoAntctl(
      { ...how, asRoot: [] },
      { ...settings, antctl_debug: false, rust_backtrace: undefined },
    ).antctl(["status"]);
    expect(made.map(({ argv }) => argv.join(" "))).toEqual([
      "sudo -n env RUST_BACKTRACE=full /opt/antctl --debug status --json",
      "/opt/antctl status",
    ]);
  });

  test("as a user has the backtrace in a clean environment", async () => {
    const { made, run } = recorder();
    const how = { run, platform: "linux", uid: NOBODY, account, sleep: Bun.sleep } as const;
    await userAntctl(how, settings).antctl(["status", "--json"]);
    expect(made).toEqual([
      { argv: ["/opt/antctl", "--debug", "status", "--json"], env: { RUST_BACKTRACE: "full" } },
    ]);
  });
});

describe("one antctl at a time", () => {
  test("calls wait for one another", async () => {
    const { created, calls } = await place();
    await Promise.all([created(1), created(2), created(3)]);
    const lines = readFileSync(calls, "utf8").trim().split("\n");
    for (const [i, line] of lines.entries())
      expect(line.startsWith(i % 2 === 0 ? "begin" : "end")).toBe(true);
  });

  test("a call waits for one that a killed run left running, and is refused while another keeps running", async () => {
    const slept: number[] = [];
    const calls: string[] = [];
    const program = (isBusy: () => boolean) =>
      antctlCommand({
        run: async (argv) => {
          calls.push(argv.join(" "));
          return { code: 0, stdout: "", stderr: "" };
        },
        command: ["antctl"],
        env: {},
        isBusy,
        sleep: async (ms) => void slept.push(ms),
      });
    await program(() => slept.length < 3)(["status", "--json"]);
    expect(slept).toHaveLength(3);
    expect(calls).toEqual(["antctl status --json"]);
    await expect(program(() => true)(["-v", "start"])).rejects.toThrow(/another antctl.*later run/);
    expect(calls).toHaveLength(1);
  });

  test("a running antctl is recognised by its name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wnm-antctl-"));
    const name = `antctl-${process.pid}`;
    await using stranger = Bun.spawn(["bash", "-c", `exec -a ${name} sleep 60`]);
    const made: string[] = [];
    const how = {
      run: async () => ({ code: 0, stdout: "", stderr: "" }),
      platform: "linux",
      account: { user: "ant", home: folder },
      uid: NOBODY,
      sleep: async () => {
        made.push("slept");
        stranger.kill("SIGKILL");
        await stranger.exited;
      },
    } as const;
    const settings = { antctl_debug: false, antctl_version: undefined, rust_backtrace: undefined };
    await until(() => listProcesses()?.some(({ argv }) => argv[0] === name), "the stranger");
    await userAntctl(how, { ...settings, antctl_path: `/opt/${name}` }).antctl(["status", "--json"]);
    expect(made).toEqual(["slept"]);
    rmSync(folder, { recursive: true });
  });

  test("calls are refused after one that did not end", async () => {
    const made: string[] = [];
    const call = antctlCommand({
      run: async (argv) => {
        made.push(argv.join(" "));
        throw new CommandFailed(argv, null, "");
      },
      command: ["antctl"],
      env: {},
      isBusy: () => false,
      sleep: async () => {},
    });
    await expect(call(["-v", "stop", "--service-name", "antnode1"])).rejects.toThrow(/did not end in time/);
    await expect(call(["status", "--json"])).rejects.toThrow(/antctl stop did not end/);
    expect(made).toHaveLength(1);
  });
});
