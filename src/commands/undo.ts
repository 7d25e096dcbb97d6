import { refuseWithoutBackup, restoreAnm } from "../anm/undo.ts";
import { EXIT, type ExitCode } from "../base/errors.ts";
import type { Context } from "./context.ts";
import { cronRemovalLines } from "./cron/cron-removal-lines.ts";
import { removeCronEntries } from "./cron/remove-cron-entries.ts";
import { lockOf } from "./lock-colony.ts";

/** Hands the running nodes back to anm. Can be repeated after a kill. Throws WnmError when there is nothing to undo. */
export async function undo(context: Context): Promise<ExitCode> {
  const { world, options } = context;
  using _lock = lockOf(context);
  refuseWithoutBackup(world);
  const cron = await removeCronEntries(world, options.paths.database);
  const { files, database, unknownNodes } = await restoreAnm(options.paths, world);
  world.print(
    [
      "anm manages its nodes again. No node was touched.",
      ...cronRemovalLines(cron),
      ...files.map((path) => `Put back: ${path}`),
      ...(database === undefined ? [] : [`wnm's database is kept as ${database}`]),
      ...unknownNodes.map((label) => `Note: anm does not know ${label}, which wnm created; it keeps running`),
      "",
    ].join("\n"),
  );
  return cron.starting.length === 0 ? EXIT.done : EXIT.actions_failed;
}
