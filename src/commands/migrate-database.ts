import { EXIT, type ExitCode } from "../base/errors.ts";
import { openStore } from "../store/colony.ts";
import { isBehind } from "../store/read-database.ts";
import type { Context } from "./context.ts";
import { lockOf } from "./lock-colony.ts";
import type { RequestOf } from "./request.ts";

/** Reports whether the database has an older schema; with --confirm, migrates it now. */
export function migrateDatabase(context: Context, request: RequestOf<"migrate_database">): ExitCode {
  const now = request.confirmed && !request.dry_run;
  const { database } = context.options.paths;
  const behind = isBehind(database);
  if (!behind) {
    context.log.info("Database is already up to date!");
  } else if (!now) {
    context.log.info(
      "The database was written by an older wnm. Nothing needs to be done: the next run migrates it; --confirm does it now",
    );
  } else {
    using _lock = lockOf(context);
    openStore(database)[Symbol.dispose]();
    context.log.info("Database migrated successfully");
  }
  return EXIT.done;
}
