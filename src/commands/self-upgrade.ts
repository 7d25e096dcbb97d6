import { EXIT, type ExitCode } from "../base/errors.ts";
import { selfUpgrade } from "../self-upgrade/self-upgrade.ts";
import type { Context } from "./context.ts";
import type { RequestOf } from "./request.ts";

/** Replaces this program with the latest release. Does not read the colony. */
export async function upgradeSelf(
  { world }: Context,
  { dry_run }: RequestOf<"self_upgrade">,
): Promise<ExitCode> {
  world.print(await selfUpgrade(process.execPath, dry_run, world));
  return EXIT.done;
}
