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

/** A file by which Python wnm and people see that a wnm is running. */
export type Marker = { readonly news: readonly string[]; readonly remove: () => void };

/**
 * Makes the marker, from the one that the last run put away. A disk without an inode for a new one goes without; the
 * lock is held all the same. Throws LockHeld when Python wnm or a wnm before 1.0 holds it.
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

/** What to say of a Python wnm that wrote the marker and has ended. While it lives, closes the file and throws LockHeld. */
function newsOfPython(fd: number, path: string): readonly string[] {
  const since = pythonLockedAt(contentOf(fd));
  if (since === undefined) return [];
  const python = pythonHolder(fstatSync(fd).uid);
  if (python !== undefined) {
    closeSync(fd);
    throw new LockHeld(`Python wnm works here as process ${python}; end it, or take it out of cron`);
  }
  return [
    `${path} was left behind by a Python wnm that began at ${since} and did not end well; it holds nobody up, and wnm has removed it`,
  ];
}

function takeSpare(spare: string, path: string): void {
  const looked = statAt(spare);
  if (looked === "absent" || "unknown" in looked) return;
  if (looked.found.isFile() && looked.found.nlink === 1) attempt(() => renameSync(spare, path));
  else discard(spare);
}

/** Renamed while locked, because the mere file stops Python wnm; under the other name wnm keeps its inode. */
function putAway(path: string, spare: string): void {
  attempt(() => renameSync(path, spare));
  attempt(() => unlinkSync(path));
}
