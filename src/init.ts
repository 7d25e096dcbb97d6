import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError, WnmError } from "./errors.ts";
import { hostOf } from "./host/host.ts";
import type { HostFacts, NodeBinary } from "./model/host.ts";
import type { ManagerKind } from "./model/node.ts";
import { accountOf } from "./os/account.ts";
import { elevation, NODE_ACCOUNT } from "./os/elevation.ts";
import { elevatedFiles, exists } from "./os/files.ts";
import { acquireLock } from "./os/lock.ts";
import { expandHome, type Mode } from "./os/paths.ts";
import { markStorage, storageId } from "./os/storage.ts";
import { makeNodeAccount, managerFor } from "./process/register.ts";
import type { MachineConfig } from "./settings/machine.ts";
import { describer, programFor } from "./software/program.ts";
import { createDatabase } from "./store/database.ts";
import { insertMachine } from "./store/machine.ts";
import { saveChanges } from "./store/store.ts";
import type { World } from "./world.ts";

/** Creates the colony: folders, storage marker, database. The database comes last: with it the colony exists. */
export async function init(
  config: MachineConfig,
  host: HostFacts,
  { mode, create_user }: { readonly mode: Mode; readonly create_user: boolean },
  world: World,
): Promise<string> {
  const { paths } = host;
  if (config.rewards_address === undefined) {
    throw new UsageError([{ message: "Rewards Address is required: give --rewards_address with --init" }]);
  }
  if (exists(paths.database))
    throw new WnmError(`Machine already initialized: ${paths.database} exists; a plain wnm runs it`);
  if (create_user) await makeNodeAccount(world);
  managerFor(config.process_manager, world, { ...config, rust_backtrace: undefined }).ready?.();
  await makeFolders([dirname(paths.database), paths.base, paths.logs, config.node_storage], mode, world);
  if (mode === "sudo") {
    const { asRoot } = elevation(world.uid);
    await elevatedFiles(world.run, asRoot, NODE_ACCOUNT).makeFolder(paths.bootstrap_cache);
  }
  using _lock = acquireLock(lockPath(paths.database), `pid ${process.pid}, wnm --init`);
  if (exists(paths.database))
    throw new WnmError(`Machine already initialized: ${paths.database} exists; a plain wnm runs it`);
  const id = storageId(config.node_storage) ?? crypto.randomUUID();
  markStorage(config.node_storage, id);
  const counters = await (await hostOf(world.platform)).readCounters();
  const started = Math.round(world.clock.now() - counters.uptime);
  createDatabase(paths.database, (db) => {
    insertMachine(db, { ...config, last_stopped_at: started }, host.cpu_count);
    saveChanges(db, { sample: counters, storage: { path: config.node_storage, id } });
  });
  const { describe } = describer(() => undefined, world.run);
  const binary = await programFor(
    config.node_software,
    expandHome(config.antnode_path, world.home),
    describe,
  );
  return summary(config, host, binary);
}

/** The lock lies beside the database, so that two ways to the same colony meet. */
export const lockPath = (database: string): string => `${dirname(database)}/wnm_active`;

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

function summary(config: MachineConfig, host: HostFacts, binary: NodeBinary): string {
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
