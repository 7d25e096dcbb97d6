import { EXIT, type ExitCode } from "../../base/errors.ts";
import type { Context } from "../context.ts";
import { firstSteps } from "../first-steps.ts";
import type { RequestOf } from "../request.ts";
import { refuseBesideUsers } from "../users-colony.ts";
import { createColony } from "./create-colony.ts";
import { type PlannedColony, plannedColony } from "./planned-colony.ts";

type InitRequest = RequestOf<"init">;

/** Creates a colony, empty or from another manager's nodes, and prints what to do next. */
export async function init(context: Context, request: InitRequest): Promise<ExitCode> {
  const { log, once, world } = context;
  refuseBesideUsers(context);
  const colony = await create(context, request);
  if (request.dry_run) return EXIT.done;
  if (world.log.format() === "python")
    log.info(`Action: ${JSON.stringify({ status: "system-initialized" })}`);
  if (once.json !== true && once.quiet !== true) world.print(await firstSteps(context, colony));
  return EXIT.done;
}

async function create(context: Context, request: InitRequest): Promise<PlannedColony> {
  if (request.from === "existing nodes") {
    const { importColony } = await import("./import.ts");
    return importColony(context, request.dry_run);
  }
  if (request.from === "anm") {
    const { migrateAnm } = await import("./migrate-anm.ts");
    return migrateAnm(context);
  }
  const colony = plannedColony(context);
  context.world.print(await createColony({ ...colony, nodes: [] }, context.world));
  return colony;
}
