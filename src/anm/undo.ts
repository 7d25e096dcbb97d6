import { renameSync, rmSync } from "node:fs";
import { removeCronEntries } from "../cron.ts";
import { WnmError } from "../errors.ts";
import type { Paths } from "../model/host.ts";
import { nodeLabel } from "../model/node.ts";
import { exists } from "../os/files.ts";
import { MARKER } from "../os/storage.ts";
import { cronLines } from "../release.ts";
import { makeOneFile } from "../store/database.ts";
import { openStoreToRead, type Store } from "../store/store.ts";
import type { World } from "../world.ts";
import { hasBackup, putBack, unitsKept } from "./backup.ts";
import { removeLeftBlock } from "./block.ts";
import { ANM } from "./places.ts";

/**
 * Puts anm back as wnm found it: wnm's entry in cron goes, the units and anm's entry come back, the database is kept
 * under another name. Nodes run on. May be called again after a kill. Throws WnmError when there is nothing to put back.
 */
export async function undoAnm(paths: Paths, world: World): Promise<void> {
  if (world.uid !== 0) throw new WnmError("anm belongs to root: run sudo wnm --migrate_anm --undo");
  const freed = removeLeftBlock();
  if (!hasBackup()) {
    const done = freed ? `; the ${ANM.block} that a killed wnm left is removed, so anm runs again` : "";
    throw new WnmError(`There is no backup of anm in ${ANM.backup}, so there is nothing to put back${done}`);
  }
  const cron = await removeCronEntries(world);
  const changed = unitsKept().filter(putBack);
  if (changed.length > 0) await world.run(["systemctl", "daemon-reload"]);
  const left = exists(paths.database) ? setAside(paths.database, world) : undefined;
  for (const path of [ANM.system, ANM.config]) if (!exists(path)) putBack(path);
  // Last: from here on anm manages.
  putBack(ANM.cron);
  world.print(
    [
      "anm manages its nodes again. No node was touched.",
      ...cronLines(cron),
      ...changed.map((path) => `Put back: ${path}`),
      `Put back: ${ANM.cron}`,
      ...(left === undefined ? [] : [`wnm's database is kept as ${left.database}`]),
      ...(left?.foreign.map(
        (label) => `Note: anm does not know ${label}, which wnm made; it goes on running`,
      ) ?? []),
      "",
    ].join("\n"),
  );
}

/** Puts the colony's memory where no wnm finds it, and takes its marks off the folders. */
function setAside(database: string, world: World): { database: string; foreign: readonly string[] } {
  const known = new Set(unitsKept());
  const { storages, nodes } = contents(database);
  const foreign = nodes.filter((node) => !known.has(`${ANM.units}/${node.service}`)).map(nodeLabel);
  makeOneFile(database);
  const aside = `${database}.undone-${world.clock.now()}`;
  renameSync(database, aside);
  for (const { path } of storages) rmSync(`${path}/${MARKER}`, { force: true });
  return { database: aside, foreign };
}

function contents(database: string): {
  storages: ReturnType<Store["storages"]>;
  nodes: ReturnType<Store["nodes"]>;
} {
  using store = openStoreToRead(database);
  return { storages: store.storages(), nodes: store.nodes() };
}
