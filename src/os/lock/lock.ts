import { closeSync } from "node:fs";
import { textOf } from "../files/open-regular.ts";
import { presenceOf } from "../files/presence.ts";
import type { LockPaths } from "../paths.ts";
import { lookFor } from "../processes/identity.ts";
import { kernelLock, type TryLock } from "./flock.ts";
import { endIfHanging, heldBy } from "./hanging-run.ts";
import { contentOf, isOnlyName, openLockFile, replaceContent } from "./lock-file.ts";
import { takeMarker } from "./marker.ts";
import { type Holder, hasRunEnded, holderIn, recordOf, type Taker } from "./record.ts";
import { LEFTOVER_MS, LOOK_MS, POLL_MS } from "./waiting.ts";

/** The colony's lock while it is held. */
export type Lock = Disposable & {
  /** Sentences about earlier runs. */
  readonly news: readonly string[];
  /** Records for how many seconds the run may keep observing. */
  readonly looks: (seconds: number) => void;
  /** Records what the run is changing. From then on no other run kills it, however long it takes. */
  readonly acts: (what: string) => void;
};

/**
 * Takes the colony's lock for the life of this process; the kernel releases it however the process ends. After the first
 * time it needs no new disk block or inode. Kills a hung run that only observes. Throws LockHeld when another run has it.
 */
export function acquireLock({ lock, marker }: LockPaths, taker: Taker): Lock {
  const tryLock = kernelLock();
  const { fd, news } = lockedFile(lock, tryLock, taker.patience);
  try {
    replaceContent(fd, recordOf(taker));
    const taken = takeMarker(marker, taker.description, tryLock);
    return {
      news: [...news, ...taken.news],
      looks: (seconds) => replaceContent(fd, recordOf({ ...taker, looks_for: seconds })),
      acts: (what) => replaceContent(fd, recordOf({ ...taker, looks_for: undefined, acts: what })),
      [Symbol.dispose]: () => {
        taken.remove();
        closeSync(fd);
      },
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The run that holds the lock; undefined when none does. Does not wait and changes nothing. */
export function currentRun({ lock }: Pick<LockPaths, "lock">): Holder | undefined {
  if (presenceOf(lock) !== "present") return undefined;
  const holder = holderIn(textOf(lock, "system") ?? "");
  const { process } = holder;
  return process !== undefined && lookFor(process, () => true).seen === "living" ? holder : undefined;
}

/** Locks the open file, or closes it and throws if locking is impossible. */
function locked(fd: number, path: string, tryLock: TryLock): boolean {
  try {
    return tryLock(fd, path);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** How long to wait for a killed process to end; it may hang in the kernel. */
const ENDS_MS = 5_000;

/** Opens and locks the file. Waits for children of a killed run, and kills a hung run. Throws LockHeld. */
function lockedFile(
  path: string,
  tryLock: TryLock,
  waits: Taker["patience"],
): { fd: number; news: readonly string[] } {
  let until: number | undefined;
  let patience = performance.now() + LEFTOVER_MS;
  let ended: string | undefined;
  for (;;) {
    const fd = openLockFile(path);
    if (locked(fd, path, tryLock)) {
      if (isOnlyName(fd, path)) return { fd, news: ended === undefined ? [] : [ended] };
      closeSync(fd);
      continue;
    }
    const holder = holderIn(contentOf(fd));
    closeSync(fd);
    if ((ended !== undefined || hasRunEnded(holder)) && performance.now() < patience) {
      Bun.sleepSync(POLL_MS);
      continue;
    }
    if (ended !== undefined) throw heldBy(holder, path);
    ended = endIfHanging(holder);
    if (ended === undefined && waits !== undefined && !holder.by_hand) {
      if (until === undefined) waits.begins(heldBy(holder, path).message);
      until ??= performance.now() + waits.ms;
      if (performance.now() < until) {
        Bun.sleepSync(LOOK_MS);
        continue;
      }
    }
    if (ended === undefined) throw heldBy(holder, path);
    patience = performance.now() + ENDS_MS;
  }
}
