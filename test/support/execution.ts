import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WnmError } from "../../src/base/errors.ts";
import type { ExecutionContext } from "../../src/execute/context.ts";
import type { Container, Placing } from "../../src/model/container.ts";
import type { Node, NodeId, ProcessIdentity, SoftwareKind } from "../../src/model/node.ts";
import type { ProcessState } from "../../src/model/observation.ts";
import type { ProcessManager } from "../../src/process/contract/manager.ts";
import type { MachineConfig } from "../../src/settings/machine.ts";
import { ANTNODE_FLAGS } from "../../src/software/antnode-flags.ts";
import { openStore } from "../../src/store/colony.ts";
import { createDatabase } from "../../src/store/create-database.ts";
import { insertMachine } from "../../src/store/machine.ts";
import { aConfig, aDisk, aHost, NOW, quietMetrics } from "./builders.ts";

type Abilities = {
  /** Whether it can start many nodes in one call. */
  readonly startAll?: true;
  /** Whether its nodes live in containers. */
  readonly placing?: Placing;
  /** Whether it remembers the numbers of removed nodes. */
  readonly neverReuses?: true;
  /** Generations that it runs; all by default. */
  readonly runs?: readonly SoftwareKind[];
  /** Steps that fail: "start 2", "startAll", "create 3". */
  readonly fails?: readonly string[];
};

/**
 * A manager of nodes in memory, with the rules of the contract: it starts only what was created, and removes only what
 * does not run. `journal` contains its calls that change something, in order.
 */
function memoryManager(
  { startAll, placing, neverReuses, runs, fails = [] }: Abilities,
  nodes: readonly Node[],
  journal: string[],
): ProcessManager {
  const running = new Map(nodes.map(({ id, pid }) => [id, pid !== undefined]));
  const boxes = new Map<string, Container>();
  const step = (name: string): void => {
    journal.push(name);
    if (fails.includes(name)) throw new WnmError(`${name} fails`);
  };
  const run = (id: NodeId): ProcessIdentity => {
    if (!running.has(id)) throw new Error(`antnode ${id} is started before it is created`);
    running.set(id, true);
    return { pid: 2000 + id, pid_started: NOW, boot_id: "boot" };
  };
  const unused = () => Promise.reject(new Error("nothing here needs it"));
  return {
    ids: neverReuses === true ? "never reuse" : "fill gaps",
    ...(runs && { runs }),
    supervised: false,
    account: { user: "ant", home: "/home/ant" },
    create: async ({ id }, { container }) => {
      step(`create ${id}`);
      if (placing !== undefined && container === undefined) throw new Error(`${id} has no container`);
      if (container !== undefined) boxes.set(container.name, container);
      if (!running.has(id)) running.set(id, false);
    },
    start: async ({ id }) => {
      step(`start ${id}`);
      return run(id);
    },
    ...(startAll === undefined
      ? {}
      : {
          startAll: async (starts) => {
            step("startAll");
            return new Map(
              starts.map(({ node: { id } }) => [
                id,
                fails.includes(`start ${id}`) ? new WnmError(`start ${id} fails`) : run(id),
              ]),
            );
          },
        }),
    stop: async ({ id }) => {
      step(`stop ${id}`);
      if (running.has(id)) running.set(id, false);
    },
    remove: async ({ id }) => {
      if (running.get(id) === true) throw new Error(`antnode ${id} is removed while it runs`);
      step(`remove ${id}`);
      running.delete(id);
    },
    inspect: async (nodes) =>
      new Map(
        nodes.map(({ id }): [NodeId, ProcessState] => {
          const isRunning = running.get(id);
          if (isRunning === undefined) return [id, { state: "missing" }];
          return [id, isRunning ? { state: "running", process: run(id) } : { state: "stopped" }];
        }),
      ),
    ...(neverReuses === true
      ? { placementOf: (node: Node) => (running.has(node.id) ? node : undefined) }
      : {}),
    ...(placing === undefined
      ? {}
      : {
          containers: {
            placing,
            nameFor: (id) => `box${id}`,
            seen: () =>
              new Map(
                [...boxes.keys()].map((name) => [name, { engine_id: `engine-${name}`, status: "RUNNING" }]),
              ),
            remove: async ({ name }) => {
              step(`remove ${name}`);
              boxes.delete(name);
            },
          },
        }),
    upgrade: unused,
    discover: unused,
  };
}

/**
 * A colony on the disk, its manager in memory, and the context that actions have in a run. `journal` contains what was
 * saved and what the manager did, in order: "save 1 RESTARTING", "create 1".
 */
export function anExecution(
  abilities: Abilities = {},
  nodes: readonly Node[] = [],
  config: Partial<MachineConfig> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "wnm-execution-"));
  const node_storage = join(folder, "nodes");
  mkdirSync(node_storage);
  const settings = aConfig({ rewards_address: "donate", node_storage: [node_storage], ...config });
  const database = join(folder, "colony.db");
  createDatabase(database, (db) => insertMachine(db, settings, aHost.cpu_count));
  const store = openStore(database);
  const journal: string[] = [];
  const manager = memoryManager(abilities, nodes, journal);
  store.save({ nodes });
  const context: ExecutionContext = {
    store: {
      ...store,
      save: (changes) => {
        for (const { id, status } of changes.nodes ?? []) journal.push(`save ${id} ${status}`);
        for (const { name, status } of changes.containers ?? []) journal.push(`save ${name} ${status}`);
        store.save(changes);
      },
    },
    config: settings,
    metrics: quietMetrics,
    disks: [aDisk([node_storage])],
    upgrades: false,
    paths: { ...aHost.paths, base: folder, logs: join(folder, "logs") },
    allowedFolders: { storages: [node_storage], logs: join(folder, "logs") },
    disk: {
      storageProblem: () => undefined,
      takesChanges: async () => true,
      opens: async () => true,
      nodeFolder: () => ({ is: "there", own_disk: false, has_key: true }),
    },
    givenUp: new Set(),
    binary: {
      path: join(folder, "antnode"),
      runnable: undefined,
      sha256: undefined,
      software: "antnode",
      version: "0.4.17",
      flags: new Set(ANTNODE_FLAGS.usual),
    },
    identify: () => ({ sha256: undefined, record: undefined, changed: false }),
    keptProgram: (path) => ({ path, version: undefined, problem: "there is none" }),
    noteCopied: () => {},
    manager: () => manager,
    now: () => NOW,
    sleep: async (ms) => void journal.push(`sleep ${ms}`),
    random: () => 0.5,
    warn: () => {},
    begins: () => {},
    goesOn: () => {},
    ended: () => {},
    cause: { readings: undefined, by: "cron" },
    actions: [],
    recorded: new Set(),
    nodes: new Map(nodes.map((node) => [node.id, node])),
    containers: new Map(),
  };
  return {
    context,
    journal,
    store,
    [Symbol.dispose]() {
      store[Symbol.dispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
