import { Refused } from "../base/errors.ts";
import { accountOf } from "../os/account.ts";
import { isThere, isUnknown, statBehind } from "../os/files/presence.ts";
import { acquireLock, type Lock } from "../os/lock/lock.ts";
import { lockPaths } from "../os/paths.ts";
import { optionOf } from "../settings/options.ts";
import { shownCall } from "../settings/shown-call.ts";
import { askerOf } from "./asker.ts";
import type { Context } from "./context.ts";

/** Takes the colony's lock. `looks_for`: seconds for which the run will only observe. Throws LockHeld. */
export function acquire(context: Context, looks_for?: number, waits = isByHand(context)): Lock {
  refuseAsRoot(context);
  const started = new Date(context.world.clock.now() * 1000).toISOString();
  const by = isByHand(context) ? " by hand" : "";
  const lock = acquireLock(lockPaths(context.options.paths.database), {
    description: `pid ${process.pid}, started ${started}${by}, ${shownCall(process.argv.slice(2))}`,
    looks_for,
    patience: waits ? patienceOf(context) : undefined,
  });
  for (const line of lock.news) context.log.warn(line);
  return lock;
}

/** A run from cron does not wait for the lock: the next one starts in a minute. */
const isByHand = (context: Context): boolean =>
  askerOf(context) !== "cron" ||
  [...context.options.given].some(
    ([name, { layer }]) => layer === "command line" && optionOf(name)?.command !== undefined,
  );

const PATIENCE_MS = 10_000;

const patienceOf = ({ log }: Context) => ({
  ms: PATIENCE_MS,
  begins: (holder: string) => log.info(`Waits for up to ${PATIENCE_MS / 1000} s: ${holder}`),
});

/** Throws Refused for root in a user's colony, because the user could neither stop nor remove what root creates. */
function refuseAsRoot({ options, world }: Context): void {
  const { database } = options.paths;
  if (options.mode !== "user" || world.uid !== 0) return;
  const looked = statBehind(database);
  // If the owner cannot be determined, opening the database reports why.
  const owner = looked === "absent" || isUnknown(looked) ? undefined : looked.found.uid;
  if (owner === undefined || owner === world.uid) return;
  const user = accountOf(owner)?.user ?? `#${owner}`;
  throw new Refused(
    `The colony of ${database} belongs to another account, so root does nothing there: sudo -u ${user} wnm`,
  );
}

/** Takes the lock if there is a colony. Before --init there is nothing to lock, and no lock file is created. */
export function lockOf(context: Context, looks_for?: number): Lock | undefined {
  return isThere(context.options.paths.database) ? acquire(context, looks_for) : undefined;
}
