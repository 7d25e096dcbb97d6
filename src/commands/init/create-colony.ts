import { dirname } from "node:path";
import { Refused, UsageError, WnmError } from "../../base/errors.ts";
import { hostOf } from "../../host/host.ts";
import type { Node } from "../../model/node.ts";
import { identify } from "../../observe/storages.ts";
import { accountOf } from "../../os/account.ts";
import { NODE_ACCOUNT } from "../../os/elevation.ts";
import { isThere } from "../../os/files/presence.ts";
import { acquireLock } from "../../os/lock/lock.ts";
import { expandHome, lockPaths } from "../../os/paths.ts";
import type { World } from "../../os/world.ts";
import { makeNodeAccount, nodeAccountFiles } from "../../process/contract/accounts.ts";
import { whyAlone, whyUnrunnable } from "../../process/contract/unfit-program.ts";
import { groupOfNodes, managerFor } from "../../process/managers.ts";
import { managersHere } from "../../process/works-here.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import { programFor } from "../../software/program-for.ts";
import { NOTHING_KNOWN } from "../../software/program-memory.ts";
import { knownPrograms } from "../../software/programs.ts";
import { saveChanges } from "../../store/changes.ts";
import { openStore } from "../../store/colony.ts";
import { createDatabase } from "../../store/create-database.ts";
import { nodesRemain } from "../../store/database-files.ts";
import { isLeftEmpty } from "../../store/left-empty.ts";
import { insertMachine } from "../../store/machine.ts";
import { createFolders, refuseForeignFolder } from "./colony-folders.ts";
import type { NewColony } from "./new-colony.ts";
import { newColonyText } from "./new-colony-text.ts";

/** Creates folders, markers, and last the database. Returns the text to print. Throws UsageError, Refused, or WnmError. */
export async function createColony(colony: NewColony, world: World): Promise<string> {
  const { config, host, mode, nodes, create_user } = colony;
  const { paths } = host;
  if (config.rewards_address === undefined) {
    throw new UsageError([{ message: "Rewards Address is required: give --rewards_address with --init" }]);
  }
  refuseSecond(paths.database, nodes.length > 0);
  refuseReplacement(config, nodes);
  const programs = knownPrograms(NOTHING_KNOWN, world.run, world.uid);
  const path = expandHome(config.antnode_path, world.home);
  const binary = await programFor(config.node_software, path, programs.ofOperator);
  const home = mode === "sudo" ? accountOf(NODE_ACCOUNT)?.home : world.home;
  // Imported nodes already run, so missing prerequisites of new nodes do not matter.
  if (nodes.length === 0) refuse(whyAlone(binary, home, config));
  if (create_user) await makeNodeAccount(world);
  const manager = await managerFor(config.process_manager, world, {
    ...config,
    paths,
    rust_backtrace: undefined,
  });
  if (nodes.length === 0) refuse(whyUnrunnable(binary, manager, config));
  manager.ready?.();
  const { ids } = manager;
  await createFolders([dirname(paths.database), paths.base, paths.logs, ...config.node_storage], mode, world);
  if (mode === "sudo") await nodeAccountFiles(world, paths).makeFolder(paths.bootstrap_cache, "all nodes'");
  refuseForeignFolder(dirname(paths.database), world);
  using _lock = acquireLock(lockPaths(paths.database), {
    description: `pid ${process.pid}, wnm --init`,
    looks_for: undefined,
  });
  refuseSecond(paths.database, nodes.length > 0);
  const replaced = isThere(paths.database)
    ? `Note: the empty ${paths.database}, left by a failed --init, is replaced.\n`
    : "";
  const storages = await identified(
    [...config.node_storage, ...nodes.map((node) => dirname(node.root_dir))],
    world,
  );
  const counters = await (await hostOf(world.platform)).readCounters(
    groupOfNodes(config.process_manager, world.uid),
  );
  const started = Math.round(world.clock.now() - counters.uptime);
  createDatabase(paths.database, (db) => {
    const highest =
      ids === "never reuse" && nodes.length > 0 ? Math.max(...nodes.map((node) => node.id)) : undefined;
    const highest_node_id_used = config.highest_node_id_used ?? highest;
    insertMachine(db, { ...config, last_stopped_at: started, highest_node_id_used }, host.cpu_count);
    // Else the next steps of this call, every report until the first run, and that run would read the program again.
    saveChanges(db, { sample: counters, nodes, programs: programs.learned() });
    for (const storage of storages) saveChanges(db, { storage });
  });
  setRoomAside(paths.database);
  return `${replaced}${newColonyText(colony, binary, manager, managersHere(world.platform, mode))}`;
}

function refuse(because: string | undefined): void {
  if (because !== undefined) throw new Refused(`Nothing was created: ${because}`);
}

/** Creates the ballast that lets wnm keep working on a full disk, before the first run. */
function setRoomAside(database: string): void {
  using store = openStore(database);
  store.setRoomAside();
}

/** Throws Refused when the settings would replace the imported nodes, which was not confirmed. */
export function refuseReplacement(config: MachineConfig, nodes: readonly Node[]): void {
  if (config.replace_generation && nodes.length > 0)
    throw new Refused(
      "replace_generation starts in a run of its own, once the colony exists: wnm --replace_generation --confirm",
    );
}

/**
 * Throws WnmError when the colony already exists. An empty database left by a failed --init does not count, unless nodes
 * exist that this call does not import: then a failing disk may have emptied their colony's database.
 */
export function refuseSecond(database: string, takes_over: boolean): void {
  if (!isThere(database)) return;
  if (!isLeftEmpty(database))
    throw new WnmError(
      `Machine already initialized: ${database} exists; a plain wnm runs it${takes_over ? ", and wnm --import takes further nodes into it" : ""}`,
    );
  if (!takes_over && nodesRemain(dirname(database)))
    throw new Refused(
      `${database} is empty, yet there are nodes, so nothing was changed. Put a backup in its place, or take the nodes over: wnm --init --import --rewards_address YOUR_ETH_ADDRESS`,
    );
}

async function identified(folders: readonly string[], world: World): Promise<readonly Storage[]> {
  const storages: Storage[] = [];
  for (const path of new Set(folders)) storages.push({ path, id: await identify(path, world) });
  return storages;
}

type Storage = { readonly path: string; readonly id: string };
