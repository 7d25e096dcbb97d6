import { type Call, settingsOf } from "./call.ts";
import { init } from "./init.ts";
import type { Request } from "./request.ts";
import type { Given } from "./settings/given.ts";
import type { Beginning } from "./takeover.ts";

/** Creates a colony of nothing, or of what another manager left. `again` reads the call again above what was learned. */
export async function initialise(
  call: Call,
  request: Extract<Request, { kind: "init" }>,
  again: (learned: Given) => Call,
): Promise<void> {
  const begin = (learned: Given = new Map()): Beginning => {
    const { options, host, ...rest } = again(learned);
    const { config } = settingsOf({ options, host, ...rest }, undefined);
    return { config, host, mode: options.mode };
  };
  if (request.from === "existing nodes") {
    const { importColony } = await import("./import/colony.ts");
    await importColony({ call, begin }, request.dry_run);
  } else if (request.from === "anm") {
    const { migrateAnm } = await import("./anm/migrate.ts");
    await migrateAnm({ call, begin });
  } else {
    call.world.print(await init({ ...begin(), nodes: [] }, call.world));
  }
  if (!request.dry_run) call.log.info(`Action: ${JSON.stringify({ status: "system-initialized" })}`);
}
