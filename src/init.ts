import { accessSync, constants, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError, WnmError } from "./errors.ts";
import { hostOf } from "./host/host.ts";
import type { HostFacts, NodeBinary } from "./model/host.ts";
import type { ManagerKind, Node } from "./model/node.ts";
import { accountOf } from "./os/account.ts";
import { elevation, NODE_ACCOUNT } from "./os/elevation.ts";
import { elevatedFiles, exists } from "./os/files.ts";
import { acquireLock } from "./os/lock.ts";
import { expandHome, lockPath, type Mode } from "./os/paths.ts";
import { makeNodeAccount } from "./process/accounts.ts";
import { managerFor } from "./process/register.ts";
import type { MachineConfig } from "./settings/machine.ts";
import { describer, programFor } from "./software/program.ts";
import { identify } from "./storages.ts";
import { createDatabase } from "./store/database.ts";
import { insertMachine } from "./store/machine.ts";
import { saveChanges } from "./store/store.ts";
import type { World } from "./world.ts";

/** A colony to be: its settings, its place, and the nodes that it begins with. */
export type NewColony = {
  readonly config: MachineConfig;
  readonly host: HostFacts;
  readonly mode: Mode;
  readonly nodes: readonly Node[];
  /** Make the nodes' account first, if it is not there. */
  readonly create_user: boolean;
};

/** Creates the colony: folders, storage markers, database. The database comes last: with it the colony exists. */
export async function init(colony: NewColony, world: World): Promise<string> {
  const { config, host, mode, nodes, create_user } = colony;
  const { paths } = host;
  if (config.rewards_address === undefined) {
    throw new UsageError([{ message: "Rewards Address is required: give --rewards_address with --init" }]);
  }
  refuseSecond(paths.database);
  if (create_user) await makeNodeAccount(world);
  const manager = await managerFor(config.process_manager, world, {
    ...config,
    paths,
    rust_backtrace: undefined,
  });
  manager.ready?.();
  const { ids } = manager;
  await makeFolders([dirname(paths.database), paths.base, paths.logs, config.node_storage], mode, world);
  if (mode === "sudo") {
    const { asRoot } = elevation(world.uid);
    await elevatedFiles(world.run, asRoot, NODE_ACCOUNT).makeFolder(paths.bootstrap_cache);
  }
  refuseForeign(dirname(paths.database), world);
  using _lock = acquireLock(lockPath(paths.database), `pid ${process.pid}, wnm --init`);
  refuseSecond(paths.database);
  const storages = await identified(
    [config.node_storage, ...nodes.map((node) => dirname(node.root_dir))],
    world,
  );
  const counters = await (await hostOf(world.platform)).readCounters();
  const started = Math.round(world.clock.now() - counters.uptime);
  createDatabase(paths.database, (db) => {
    const highest =
      ids === "never reuse" && nodes.length > 0 ? Math.max(...nodes.map((node) => node.id)) : undefined;
    const highest_node_id_used = config.highest_node_id_used ?? highest;
    insertMachine(db, { ...config, last_stopped_at: started, highest_node_id_used }, host.cpu_count);
    saveChanges(db, { sample: counters, nodes });
    for (const storage of storages) saveChanges(db, { storage });
  });
  const { describe } = describer(() => undefined, world.run);
  const binary = await programFor(
    config.node_software,
    expandHome(config.antnode_path, world.home),
    describe,
  );
  return summary(colony, binary);
}

function refuseForeign(folder: string, world: World): void {
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    const user = accountOf(world.uid)?.user ?? String(world.uid);
    throw new WnmError(
      `The folder ${folder} belongs to another account, so the colony's database cannot be kept there: run wnm as root, or: sudo chown ${user} ${folder}`,
    );
  }
}

/** Throws WnmError when there is a colony already. */
export function refuseSecond(database: string): void {
  if (exists(database))
    throw new WnmError(`Machine already initialized: ${database} exists; a plain wnm runs it`);
}

async function identified(folders: readonly string[], world: World): Promise<readonly Storage[]> {
  const storages: Storage[] = [];
  for (const path of new Set(folders)) storages.push({ path, id: await identify(path, world) });
  return storages;
}

type Storage = { readonly path: string; readonly id: string };

async function makeFolders(folders: readonly string[], mode: Mode, world: World): Promise<void> {
  for (const folder of new Set(folders)) {
    if (exists(folder)) continue;
    if (mode === "user" || world.uid === 0) {
      // The nodes' account has to pass through in sudo mode; nobody else has to in user mode.
      makePlain(folder, mode === "user" ? 0o700 : 0o755);
    } else {
      const { asRoot } = elevation(world.uid, NODE_ACCOUNT);
      const owner = accountOf(world.uid)?.user ?? String(world.uid);
      const [program = "", ...args] = [...asRoot, "install", "-d", "-o", owner, "-m", "0755", "--", folder];
      await world.run([program, ...args]);
    }
  }
}

function makePlain(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { recursive: true, mode });
  } catch (error) {
    throw new WnmError(
      `The folder ${folder} cannot be made: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function summary({ config, host, nodes }: NewColony, binary: NodeBinary): string {
  const ports = (block: number) => `${block * 1000 + 1} to ${block * 1000 + config.node_cap}`;
  const program =
    binary.version === undefined
      ? `none yet: ${binary.problem}`
      : `${binary.path}, an ${binary.software}, version ${binary.version}`;
  const rows: readonly (readonly [string, string])[] = [
    ["database", host.paths.database],
    ["node storage", config.node_storage],
    ["logs", host.paths.logs],
    ["nodes run by", config.process_manager satisfies ManagerKind],
    ["rewards to", config.rewards_address ?? ""],
    ["node program", program],
    ...(nodes.length === 0 ? [] : [["nodes taken", String(nodes.length)] as const]),
    [
      "at most",
      `${config.node_cap} nodes, ports ${ports(config.port_start)}, metrics ${ports(config.metrics_port_start)}`,
    ],
  ];
  return [
    "Initialization complete.",
    ...rows.map(([name, value]) => `  ${name.padEnd(14)}${value}`),
    "Next: run wnm once a minute, for example from cron. wnm --dry_run shows what a run would do.",
    "",
  ].join("\n");
}
