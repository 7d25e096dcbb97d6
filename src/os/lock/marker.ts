import { closeSync, fstatSync, renameSync, unlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import { isThere, statAt } from "../files/presence.ts";
import { discard } from "../files/write-whole.ts";
import type { TryLock } from "./flock.ts";
import { heldBy } from "./hanging-run.ts";
import { attempt, contentOf, isOnlyName, NoRoom, openLockFile, replaceContent } from "./lock-file.ts";
import { LockHeld } from "./lock-held.ts";
import { pythonHolder, pythonLockedAt } from "./python-wnm.ts";
import { hasRunEnded, holderIn } from "./record.ts";
import { LEFTOVER_MS, POLL_MS } from "./waiting.ts";

/** A file that shows Python wnm and the operator that wnm is running. */
export type Marker = { readonly news: readonly string[]; readonly remove: () => void };

/**
 * Creates the marker by renaming the one that the last run set aside. Does without if the disk has no inode for a new one;
 * the lock is held anyway. Throws LockHeld when Python wnm or a wnm before 1.0 holds it.
 */
export function takeMarker(path: string, description: string, tryLock: TryLock): Marker {
  const spare = `${dirname(path)}/.${basename(path)}`;
  const patience = performance.now() + LEFTOVER_MS;
  for (;;) {
    if (!isThere(path)) takeSpare(spare, path);
    const fd = openUnlessFull(path);
    if (fd === undefined) return { news: [], remove: () => {} };
    if (!tryLock(fd, path)) {
      const holder = holderIn(contentOf(fd));
      closeSync(fd);
      if (!hasRunEnded(holder) || performance.now() > patience) throw heldBy(holder, path);
      Bun.sleepSync(POLL_MS);
      continue;
    }
    if (!isOnlyName(fd, path)) {
      closeSync(fd);
      continue;
    }
    const news = newsOfPython(fd, path);
    replaceContent(fd, `${description}\n`);
    return {
      news,
      remove: () => {
        putAway(path, spare);
        closeSync(fd);
      },
    };
  }
}

function openUnlessFull(path: string): number | undefined {
  try {
    return openLockFile(path);
  } catch (error) {
    if (error instanceof NoRoom) return undefined;
    throw error;
  }
}

/** Sentences about a Python wnm that left the marker. While it runs, closes the file and throws LockHeld. */
function newsOfPython(fd: number, path: string): readonly string[] {
  const since = pythonLockedAt(contentOf(fd));
  if (since === undefined) return [];
  const python = pythonHolder(fstatSync(fd).uid);
  if (python !== undefined) {
    closeSync(fd);
    throw new LockHeld(`Python wnm works here as process ${python}; end it, or take it out of cron`);
  }
  return [
    `${path} was left behind by a Python wnm that started at ${since} and did not exit cleanly; it blocks nothing, and wnm has removed it`,
  ];
}

function takeSpare(spare: string, path: string): void {
  const looked = statAt(spare);
  if (looked === "absent" || "unknown" in looked) return;
  if (looked.found.isFile() && looked.found.nlink === 1) attempt(() => renameSync(spare, path));
  else discard(spare);
}

/** Renames the marker while locked: its existence blocks Python wnm, and renaming instead of deleting keeps its inode. */
function putAway(path: string, spare: string): void {
  attempt(() => renameSync(path, spare));
  attempt(() => unlinkSync(path));
}
