import { type Call, settingsOf } from "./call.ts";
import { init } from "./init.ts";
import type { Request } from "./request.ts";
import type { Given } from "./settings/given.ts";
import type { MachineConfig } from "./settings/machine.ts";
import type { Beginning, Takeover } from "./takeover.ts";

/** Creates a colony of nothing, or of what another manager left, and gives its settings. `again` reads the call again above what was learned. */
export async function initialise(
  call: Call,
  request: Extract<Request, { kind: "init" }>,
  again: (learned: Given) => Promise<Call>,
): Promise<MachineConfig> {
  const begin = async (learned: Given = new Map()): Promise<Beginning> => {
    const { options, host, ...rest } = await again(learned);
    const { config } = settingsOf({ options, host, ...rest }, undefined);
    return { config, host, mode: options.mode, create_user: call.once.create_user === true };
  };
  const config = await create(call, request, begin);
  if (!request.dry_run) call.log.info(`Action: ${JSON.stringify({ status: "system-initialized" })}`);
  return config;
}

async function create(
  call: Call,
  request: Extract<Request, { kind: "init" }>,
  begin: Takeover["begin"],
): Promise<MachineConfig> {
  if (request.from === "existing nodes") {
    const { importColony } = await import("./import/colony.ts");
    return importColony({ call, begin }, request.dry_run);
  }
  if (request.from === "anm") {
    const { migrateAnm } = await import("./anm/migrate.ts");
    return migrateAnm({ call, begin });
  }
  const beginning = await begin();
  call.world.print(await init({ ...beginning, nodes: [] }, call.world));
  return beginning.config;
}
