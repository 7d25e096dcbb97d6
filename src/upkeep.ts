import { acquire, type Call, lockOf, settingsOf } from "./call.ts";

import { EXIT, type ExitCode, Refused, UsageError, WnmError } from "./errors.ts";

import { accountOf } from "./os/account.ts";
import { exists } from "./os/files.ts";
import { expandHome, lockPath } from "./os/paths.ts";
import { isBehind } from "./store/database.ts";
import { openStore, openStoreToRead } from "./store/store.ts";

/** Stores settings and does nothing else. */
export function configure(call: Call, dry_run: boolean): ExitCode {
  using _lock = dry_run ? undefined : lockOf(call);
  using store = dry_run
    ? openStoreToRead(call.options.paths.database)
    : openStore(call.options.paths.database);
  const { changes } = settingsOf(call, store.machine());
  const unconfirmed = changes.replace_generation === true && call.once.confirm !== true;
  if (unconfirmed && !dry_run && store.nodes().length > 0)
    throw new Refused(
      "--replace_generation is begun by a run of its own: wnm --replace_generation --confirm",
    );
  const changed = Object.keys(changes).length > 0;
  if (changed && !dry_run) store.save({ settings: changes });
  if (call.once.json === true) {
    const status = changed ? "configuration-updated" : "no-changes";
    call.world.print(`${JSON.stringify({ status, dry_run, settings: changes })}\n`);
  }
  if (!changed) {
    call.log.info("No configuration changes detected");
    return EXIT.done;
  }
  call.log.info(`${dry_run ? "DRYRUN: " : ""}Update: ${JSON.stringify(changes)}`);
  if (!dry_run) call.log.info("Configuration updated successfully");
  return EXIT.done;
}

/** Tells that migration needs no command; with --confirm brings the database forward now. */
export function migrateNow(call: Call, now: boolean): ExitCode {
  const { database } = call.options.paths;
  const behind = isBehind(database);
  if (!behind) {
    call.log.info("Database is already up to date!");
  } else if (!now) {
    call.log.info(
      "The database is of an older wnm. Nothing needs to be done: the next run brings it forward by itself; --confirm does it now",
    );
  } else {
    using _lock = lockOf(call);
    openStore(database)[Symbol.dispose]();
    call.log.info("Database migrated successfully");
  }
  return EXIT.done;
}

/** Explains the lock file and removes one that was left behind. Throws LockHeld when a run has it. */
export function unlock(call: Call): ExitCode {
  const path = lockPath(call.options.paths.database);
  if (call.issues.length > 0) throw new UsageError(call.issues);
  if (!exists(path)) {
    call.world.print(`Lock file does not exist: ${path}\n`);
    return EXIT.done;
  }
  acquire(call)[Symbol.dispose]();
  call.world.print(
    `Lock file removed: ${path}\n(The kernel frees wnm's lock with its process, so a file left behind never stops a run.)\n`,
  );
  return EXIT.done;
}

/** Prints what sudo has to allow. Throws WnmError for root and for colonies that use no sudo. */
export async function printSudoers(call: Call): Promise<ExitCode> {
  const { world, options } = call;
  if (world.uid === 0) throw new WnmError("root needs no sudo; print the rules as the user that runs wnm");
  const stored = exists(options.paths.database) ? openStoreToRead(options.paths.database) : undefined;
  const { config } = settingsOf(call, stored?.machine());
  stored?.[Symbol.dispose]();
  const { sudoersText } = await import("./sudoers.ts");
  const user = accountOf(world.uid)?.user ?? `#${world.uid}`;
  const antnode_path = expandHome(config.antnode_path, world.home);
  world.print(sudoersText({ user, config, paths: options.paths, antnode_path }));
  return EXIT.done;
}

/** Replaces this program by the latest release; the colony, if there is one, is not looked at. */
export async function upgradeItself(call: Call, dry_run: boolean): Promise<ExitCode> {
  if (call.issues.length > 0) throw new UsageError(call.issues);
  const { selfUpgrade } = await import("./self-upgrade/self-upgrade.ts");
  call.world.print(await selfUpgrade(process.execPath, dry_run, call.world));
  return EXIT.done;
}
