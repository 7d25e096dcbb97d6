import { renameSync, rmSync } from "node:fs";
import { WnmError } from "../base/errors.ts";
import { typedWord } from "../base/shell-word.ts";
import type { Paths } from "../model/host.ts";
import { nodeLabel } from "../model/node.ts";
import { asRoot } from "../os/advice.ts";
import { isThere } from "../os/files/presence.ts";
import { MARKER } from "../os/files/storage-marker.ts";
import type { World } from "../os/world.ts";
import { openStoreToRead, type Store } from "../store/colony.ts";
import { makeOneFile } from "../store/database.ts";
import { hasBackup, putBack, unitsKept } from "./backup.ts";
import { removeLeftBlock } from "./block.ts";
import { ANM } from "./paths.ts";

/** Throws WnmError without a backup or permission to restore it. Removes a block file left by a killed wnm. */
export function refuseWithoutBackup({ uid }: World): void {
  if (uid !== 0)
    throw new WnmError(
      `anm belongs to root; run it with root's rights: ${asRoot(`${typedWord(process.execPath)} --migrate_anm --undo`)}`,
    );
  const freed = removeLeftBlock();
  if (hasBackup()) return;
  const done = freed ? `; the ${ANM.block} that a killed wnm left is removed, so anm runs again` : "";
  throw new WnmError(`There is no backup of anm in ${ANM.backup}, so there is nothing to put back${done}`);
}

/** The result of handing back to anm. */
export type PutBack = {
  readonly files: readonly string[];
  /** The new path of wnm's database; undefined: there was none. */
  readonly database: string | undefined;
  /** Nodes created by wnm, unknown to anm. */
  readonly unknownNodes: readonly string[];
};

/**
 * Restores anm: its units and cron entry come back, and wnm's database is renamed. Nodes keep running. Can be repeated
 * after a kill. Throws WnmError.
 */
export async function restoreAnm({ database }: Paths, world: World): Promise<PutBack> {
  const units = unitsKept().filter(putBack);
  if (units.length > 0) await world.run(["systemctl", "daemon-reload"]);
  const aside = isThere(database) ? setAside(database, world) : undefined;
  for (const path of [ANM.system, ANM.config]) if (!isThere(path)) putBack(path);
  // Last step, after which anm manages the nodes.
  putBack(ANM.cron);
  return {
    files: [...units, ANM.cron],
    database: aside?.database,
    unknownNodes: aside?.foreign ?? [],
  };
}

/** Renames the colony's database so that no wnm finds it, and removes the storage markers. */
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
