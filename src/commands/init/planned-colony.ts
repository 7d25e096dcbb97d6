import { UsageError } from "../../base/errors.ts";
import { named } from "../../settings/layers.ts";
import { isTyped } from "../asked.ts";
import type { Context } from "../context.ts";
import { settingsOf } from "../settings-of.ts";
import type { NewColony } from "./new-colony.ts";

/** A colony to be created, before its nodes are known. */
export type PlannedColony = Omit<NewColony, "nodes">;

/** The colony that this call asks for. Throws UsageError with every issue. */
export function plannedColony(context: Context): PlannedColony {
  const { config } = settingsOf(context, undefined);
  const { host, once, options } = context;
  const { given, mode } = options;
  if (once.create_user === true && isTyped("create_user", given) && mode === "user") {
    const option = named("create_user", given);
    throw new UsageError([
      {
        message: `${option}: does nothing with --process_manager ${config.process_manager}, whose nodes run as the account that runs wnm`,
      },
    ]);
  }
  return { config, host, mode, create_user: mode === "sudo" && once.create_user === true };
}
