import { closeSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Seconds } from "../model/node.ts";
import { textOf } from "../os/files/open-regular.ts";
import { presenceOf, statAt } from "../os/files/presence.ts";
import { discard, putInPlace } from "../os/files/write-whole.ts";
import { kernelLock } from "../os/lock/flock.ts";
import { openLockFile } from "../os/lock/lock-file.ts";
import { realPath } from "../os/paths.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Told } from "./due.ts";

/** The settings of alerts. */
export type AlertSettings = Pick<
  MachineConfig,
  "alert_url" | "alert_template" | "alert_level" | "alert_after" | "alert_repeat" | "ping_url"
>;

/** Why the last sending to a target failed. */
export type Failure = {
  /** When it first failed, when it was last tried, and how many times. */
  readonly since: Seconds;
  readonly at: Seconds;
  readonly times: number;
  readonly because: string;
};

/** The stored state of one target. */
export type TargetMemory = {
  readonly told: readonly Told[];
  readonly failure?: Failure;
  /** Written before the first byte leaves; if a later run finds it, the delivery was interrupted. */
  readonly sending?: Seconds;
};

/** The alert state, kept outside the database because it is needed when the database is unreadable. */
export type Memory = {
  /** Incremented with each write; the copy with the highest version is used. */
  readonly version: number;
  readonly settings: AlertSettings | undefined;
  readonly targets: Readonly<Record<string, TargetMemory>>;
};

const NOTHING: Memory = { version: 0, settings: undefined, targets: {} };

/** Possible locations of the state: next to the database, and one that is writable when that disk is full. */
export function placesOf(typed: string, uid: number): readonly [string, ...string[]] {
  const database = realPath(typed);
  const name = `wnm-alerts-${uid}-${new Bun.CryptoHasher("sha256").update(database).digest("hex").slice(0, 16)}`;
  const elsewhere = [uid === 0 ? "/run" : `/run/user/${uid}`, "/dev/shm", tmpdir()];
  return [`${database}.alerts`, ...elsewhere.map((folder) => `${folder}/${name}`)];
}

/** Reads the state; empty if unreadable. Ignores another account's file. */
export function recall(places: readonly string[], uid: number): Memory {
  const found = places.flatMap((place) => {
    const looked = statAt(place);
    if (typeof looked !== "object" || !("found" in looked)) return [];
    const { found: stat } = looked;
    if (!stat.isFile() || stat.uid !== uid || (stat.mode & 0o077) !== 0) return [];
    return memoryIn(textOf(place, "registry"));
  });
  return found.reduce((best, one) => (one.version > best.version ? one : best), NOTHING);
}

function memoryIn(content: string | undefined): readonly Memory[] {
  try {
    const { version, settings, targets } = JSON.parse(content ?? "") as Partial<Memory>;
    if (!Number.isSafeInteger(version) || typeof targets !== "object" || targets === null) return [];
    const whole = Object.values(targets).every(({ told }) => Array.isArray(told));
    return whole ? [{ version: version ?? 0, settings, targets }] : [];
  } catch {
    return [];
  }
}

/** Writes the state to the first possible location and removes older copies. Throws the system's error if all fail. */
export function remember(places: readonly string[], memory: Memory): void {
  let problem: unknown;
  for (const place of places) {
    try {
      putInPlace(place, JSON.stringify(memory), { mode: 0o600 });
      for (const other of places)
        if (other !== place && other !== places[0] && presenceOf(other) === "present") discard(other);
      return;
    } catch (error) {
      problem = error;
      discard(`${place}.new`);
    }
  }
  throw problem;
}

/** Removes every copy, with the addresses in it. */
export function forget(places: readonly string[]): void {
  for (const place of places) if (presenceOf(place) === "present") discard(place);
}

/**
 * Prevents other runs from sending; undefined while one is sending. The kernel releases the lock however the process ends.
 * Throws WnmError if files cannot be locked.
 */
export function lockAlerts(places: readonly string[]): Disposable | undefined {
  const tryLock = kernelLock();
  let problem: unknown;
  for (const place of places) {
    const path = `${place}.lock`;
    try {
      const fd = openLockFile(path);
      const release = { [Symbol.dispose]: () => closeSync(fd) };
      if (tryLock(fd, path)) return release;
      closeSync(fd);
      return undefined;
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}
