import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { failureOf, StillStopping, WnmError } from "../../src/base/errors.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import type { ProcessState } from "../../src/model/observation.ts";
import type { DiscoveredNode } from "../../src/process/contract/found-node.ts";
import type { AllowedFolders, Launch, ProcessManager } from "../../src/process/contract/manager.ts";
import { readNodeArguments } from "../../src/software/node-arguments.ts";
import { FAULTS_FILE, writeFaults } from "../fixtures/antnode-faults.ts";
import { until } from "../support/until.ts";

/** A place where a manager's nodes can live, created for each run of the suite. */
export type Ground = {
  readonly manager: ProcessManager;
  readonly allowedFolders: AllowedFolders;
  /** A node of this manager that does not exist yet, and how to run it (a stand-in antnode). */
  node(id: number): { readonly node: Node; readonly launch: Launch };
  /** A program of another version to upgrade to. */
  readonly newer: { readonly program: string; readonly version: string };
  /** File name of a node's key in its folder; "secret-key" by default. */
  readonly key_file?: string;
  /** The manager's own program waits until the node has ended, and ends it by force. */
  readonly stops_for_good?: true;
  /** A program that ends at once. */
  readonly broken: string;
  /** What can be seen from outside: whether the node's process runs, and whether its folder exists. */
  lives(node: Node): Promise<boolean>;
  exists(path: string): Promise<boolean>;
  /** Ends the node's process behind the manager's back, with SIGKILL. */
  kill(node: Node): Promise<void>;
  /** The version that the node's own program prints. */
  version(node: Node): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
};

const DEADLINE_MS = 280_000;
/** Longer than any manager waits for a node: it ends when its switches say so. */
const SLOW_MS = 600_000;
/** stop_grace of the suite's managers. */
const GRACE_S = 30;

/** What every manager must do, on the real thing. `make` is called once; what it creates is deleted at the end. */
export function managerContract(name: string, make: () => Promise<Ground>): void {
  describe(`${name}: the contract of process managers`, () => {
    let ground: Ground;
    let next = 1;
    const made: Node[] = [];

    beforeAll(async () => {
      ground = await make();
    }, DEADLINE_MS);
    afterEach(async () => {
      for (const node of made.splice(0)) {
        await ground.manager.stop(node);
        await ground.manager.remove(node, ground.allowedFolders);
      }
    }, DEADLINE_MS);
    afterAll(() => ground[Symbol.asyncDispose](), DEADLINE_MS);

    const aFreshNode = () => {
      const fresh = ground.node(next++);
      made.push(fresh.node);
      return fresh;
    };
    /** Creates the node; returns it as its manager has placed it. */
    const create = async (fresh: { readonly node: Node; readonly launch: Launch }) => {
      await ground.manager.create(fresh.node, fresh.launch);
      const node = { ...fresh.node, ...ground.manager.placementOf?.(fresh.node) };
      made.splice(made.indexOf(fresh.node), 1, node);
      return { node, launch: fresh.launch };
    };
    const created = () => create(aFreshNode());
    const stateOf = async (node: Node): Promise<ProcessState | undefined> =>
      (await ground.manager.inspect([node])).get(node.id);
    const running = async () => {
      const { node, launch } = await created();
      const process = await ground.manager.start(node, launch);
      return { node: { ...node, ...process }, launch };
    };
    const keyOf = (node: Node) => `${node.root_dir}/${ground.key_file ?? "secret-key"}`;
    /** What the manager finds in the node's folder without knowing the node. */
    const discovered = async ({ root_dir }: Node): Promise<DiscoveredNode | undefined> => {
      const { found } = await ground.manager.discover();
      const here = found.filter(({ args }) => readNodeArguments(args).root_dir === root_dir);
      expect(here.length).toBeLessThanOrEqual(1);
      return here[0];
    };
    /** Managers without definitions identify a node by its process alone. */
    const stateOfStopped = () => (ground.manager.supervised ? "stopped" : undefined);
    const it = (title: string, body: () => Promise<void>) => test(title, body, DEADLINE_MS);

    it("create makes the folder and the node's own program, and starts nothing", async () => {
      const { node } = await created();
      expect(await ground.exists(node.root_dir)).toBe(true);
      expect(await ground.exists(node.binary)).toBe(true);
      expect(await ground.lives(node)).toBe(false);
      expect((await stateOf(node))?.state).toBe("stopped");
    });

    it("a second create keeps what exists", async () => {
      const { node, launch } = await created();
      await ground.manager.create(node, launch);
      expect(await ground.exists(node.binary)).toBe(true);
    });

    it("start makes the node run and returns its identity", async () => {
      const { node } = await running();
      expect(await ground.lives(node)).toBe(true);
      const state = await stateOf(node);
      expect(state?.state).toBe("running");
      if (state?.state === "running") expect(state.process?.pid).toBe(node.pid);
    });

    it("a second start leaves a running node alone", async () => {
      const { node, launch } = await running();
      const again = await ground.manager.start(node, launch);
      expect(again?.pid).toBe(node.pid);
    });

    it("a node is found again when its recorded process is forgotten", async () => {
      const { node } = await running();
      const state = await stateOf({ ...node, pid: undefined, pid_started: undefined, boot_id: undefined });
      expect(state?.state).toBe("running");
      if (state?.state === "running") expect(state.process?.pid).toBe(node.pid);
    });

    it("a recorded pid that now belongs to another process is not the node", async () => {
      const { node } = await created();
      const stranger = Bun.spawn(["sleep", "600"]);
      const lookalike = { ...node, pid: stranger.pid, pid_started: 1, boot_id: "another boot" };
      expect((await stateOf(lookalike))?.state).toBe("stopped");
      await ground.manager.stop(lookalike);
      expect(stranger.exitCode).toBeNull();
      stranger.kill();
      await stranger.exited;
    });

    it("stop ends the process and keeps the data", async () => {
      const { node } = await running();
      await ground.manager.stop(node);
      expect(await ground.lives(node)).toBe(false);
      expect((await stateOf(node))?.state).toBe("stopped");
      expect(await ground.exists(node.root_dir)).toBe(true);
    });

    /** One stop is enough. */
    const hasEnded = async (living: Node): Promise<void> => {
      await ground.manager.stop(living);
      expect(await ground.lives(living)).toBe(false);
      expect((await stateOf(living))?.state).toBe("stopped");
    };

    it("a node that needs longer to end than a run waits is left alone, and neither started nor deleted meanwhile", async () => {
      const { node, launch } = await created();
      writeFaults(node.root_dir, { stop_ms: SLOW_MS });
      const process = await ground.manager.start(node, launch);
      const living = { ...node, ...process };
      const stopping_since = Math.floor(Date.now() / 1000);
      if (ground.stops_for_good === true) return hasEnded(living);
      await expect(ground.manager.stop(living)).rejects.toBeInstanceOf(StillStopping);
      expect(await ground.lives(node)).toBe(true);
      expect(["running", "unknown"]).toContain((await stateOf(living))?.state ?? "");
      await expect(ground.manager.remove(living, ground.allowedFolders)).rejects.toThrow();
      expect(await ground.exists(node.binary)).toBe(true);
      const started = await failureOf(() => ground.manager.start(living, launch));
      if (!(started instanceof WnmError)) expect(started?.pid).toBe(process?.pid);
      rmSync(join(node.root_dir, FAULTS_FILE));
      await until(async () => !(await ground.lives(node)), "the node to end");
      await ground.manager.stop({ ...living, stopping_since });
      expect((await stateOf(living))?.state).toBe("stopped");
      const again = await ground.manager.start(node, launch);
      expect(again?.pid).not.toBe(process?.pid);
    });

    it("a node that does not end in time is killed", async () => {
      const { node, launch } = await created();
      writeFaults(node.root_dir, { ignore_sigterm: true });
      const living = { ...node, ...(await ground.manager.start(node, launch)) };
      if (ground.stops_for_good === true) return hasEnded(living);
      await expect(ground.manager.stop(living)).rejects.toBeInstanceOf(StillStopping);
      expect(await ground.lives(node)).toBe(true);
      await ground.manager.stop({ ...living, stopping_since: Math.floor(Date.now() / 1000) - GRACE_S });
      expect(await ground.lives(node)).toBe(false);
      expect((await stateOf(living))?.state).toBe("stopped");
    });

    it("stopping twice, or stopping a node that never ran, is not an error", async () => {
      const { node } = await created();
      await ground.manager.stop(node);
      await ground.manager.stop(node);
      expect(await ground.lives(node)).toBe(false);
    });

    it("a restart is a stop and a start: a new process, the same node", async () => {
      const { node, launch } = await running();
      await until(() => ground.exists(keyOf(node)), "the node's key");
      const key = readFileSync(keyOf(node));
      await ground.manager.stop(node);
      const process = await ground.manager.start(node, launch);
      expect(process?.pid).not.toBe(node.pid);
      expect(await ground.lives(node)).toBe(true);
      expect(readFileSync(keyOf(node))).toEqual(key);
    });

    it("a restart interrupted after the process ended is repeated", async () => {
      const { node, launch } = await running();
      await ground.kill(node);
      await ground.manager.stop(node);
      expect(await ground.lives(node)).toBe(false);
      await ground.manager.start(node, launch);
      expect(await ground.lives(node)).toBe(true);
    });

    it("an interrupted stop still ends the node for good", async () => {
      const { node } = await running();
      await ground.kill(node);
      await ground.manager.stop(node);
      expect((await stateOf(node))?.state).toBe("stopped");
      expect(await ground.lives(node)).toBe(false);
    });

    it("restart, by the manager's own means or as stop and start, gives the node a new process and keeps its data", async () => {
      const { node, launch } = await running();
      const { manager } = ground;
      if (manager.restart === undefined) await manager.stop(node);
      const again = await (manager.restart ?? manager.start)(node, launch);
      expect(again?.pid).not.toBe(node.pid);
      expect(await ground.lives(node)).toBe(true);
      expect(await ground.exists(node.root_dir)).toBe(true);
    });

    it("a start after a kill leaves the node running, even if its supervisor was faster", async () => {
      const { node, launch } = await running();
      await ground.kill(node);
      await ground.manager.start(node, launch);
      await until(() => ground.lives(node), "the node to live again", 120_000);
    });

    it("upgrade replaces the program and starts the node", async () => {
      const { node, launch } = await running();
      await ground.manager.upgrade(node, { ...launch, program: ground.newer.program });
      expect(await ground.lives(node)).toBe(true);
      expect(await ground.version(node)).toBe(ground.newer.version);
    });

    it("an upgrade to a missing program leaves the old one running", async () => {
      const { node, launch } = await running();
      const before = await ground.version(node);
      await expect(
        ground.manager.upgrade(node, { ...launch, program: `${ground.newer.program}.missing` }),
      ).rejects.toThrow();
      expect(await ground.lives(node)).toBe(true);
      expect(await ground.version(node)).toBe(before);
    });

    it("an upgrade interrupted before or after the start is repeated", async () => {
      const { node, launch } = await running();
      const newer = { ...launch, program: ground.newer.program };
      await ground.manager.stop(node);
      await ground.manager.upgrade(node, newer);
      expect(await ground.version(node)).toBe(ground.newer.version);
      await ground.kill(node);
      await ground.manager.upgrade(node, newer);
      expect(await ground.lives(node)).toBe(true);
      expect(await ground.version(node)).toBe(ground.newer.version);
    });

    it("starting a program that ends at once fails with a sentence", async () => {
      const fresh = aFreshNode();
      const broken = { ...fresh.launch, program: ground.broken };
      const { node } = await create({ node: fresh.node, launch: broken });
      await expect(ground.manager.start(node, broken)).rejects.toThrow(/antnode\d+/);
    });

    it("remove leaves nothing", async () => {
      const { node } = await running();
      await ground.manager.stop(node);
      await ground.manager.remove(node, ground.allowedFolders);
      expect(await ground.exists(node.root_dir)).toBe(false);
      if (node.log_dir !== undefined) expect(await ground.exists(node.log_dir)).toBe(false);
      await ground.manager.remove(node, ground.allowedFolders);
    });

    it("remove refuses folders outside the colony's storage", async () => {
      const { node } = await running();
      await ground.manager.stop(node);
      const elsewhere = { storages: ["/nowhere"], logs: ground.allowedFolders.logs };
      await expect(ground.manager.remove(node, elsewhere)).rejects.toThrow(/outside/);
      expect(await ground.exists(node.root_dir)).toBe(true);
    });

    it("a removal interrupted after the data were deleted is finished by the next one", async () => {
      const { node } = await running();
      await ground.manager.stop(node);
      rmSync(node.root_dir, { recursive: true });
      await ground.manager.stop(node);
      await ground.manager.remove(node, ground.allowedFolders);
      if (node.log_dir !== undefined) expect(await ground.exists(node.log_dir)).toBe(false);
      expect(await discovered(node)).toBeUndefined();
    });

    it("a creation interrupted after the folder was made is finished by the next one", async () => {
      const fresh = aFreshNode();
      // The state in which install(1) leaves it between creating the folder and giving it to the nodes' account.
      mkdirSync(fresh.node.root_dir, { mode: 0o700 });
      expect(await discovered(fresh.node)).toBeUndefined();
      const { node, launch } = await create(fresh);
      await ground.manager.start(node, launch);
      expect(await ground.lives(node)).toBe(true);
    });

    it("discover finds a running node with its folder, its port and its process", async () => {
      const { node } = await running();
      const found = await discovered(node);
      expect(found?.program).toBe(node.binary);
      const args = readNodeArguments(found?.args ?? []);
      expect({ ...args, ...found?.ports }).toMatchObject({ root_dir: node.root_dir, port: node.port });
      expect(found?.process.state).toBe("running");
      if (found?.process.state === "running") expect(found.process.process?.pid).toBe(node.pid);
    });

    it("discover finds a stopped node as stopped, and does not find a removed one", async () => {
      const { node, launch } = await created();
      // Some managers have no definition before the first start.
      expect([stateOfStopped(), undefined]).toContain((await discovered(node))?.process.state);
      await ground.manager.start(node, launch);
      await ground.manager.stop(node);
      expect((await discovered(node))?.process.state).toBe(stateOfStopped());
      await ground.manager.remove(node, ground.allowedFolders);
      expect(await discovered(node)).toBeUndefined();
    });

    it("discover finds a definition without its folder, and does not call it running", async () => {
      const { node } = await running();
      await ground.manager.stop(node);
      rmSync(node.root_dir, { recursive: true });
      const found = await discovered(node);
      expect(found === undefined).toBe(!ground.manager.supervised);
      expect(found?.process.state).not.toBe("running");
    });

    it("inspect reports every node in one call", async () => {
      const first = await running();
      const second = await created();
      const states = await ground.manager.inspect([first.node, second.node]);
      expect(states.get(first.node.id)?.state).toBe("running");
      expect(states.get(second.node.id as NodeId)?.state).toBe("stopped");
    });
  });
}
