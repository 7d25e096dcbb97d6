import { programPath } from "../os/command.ts";
import { elevation } from "../os/elevation.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { World } from "../world.ts";
import type { Firewall } from "./firewall.ts";
import { none } from "./none.ts";
import { ufw } from "./ufw.ts";

type Make = (world: World) => Firewall;

const ufwIfInstalled: Make = ({ run, uid }) =>
  programPath("ufw") === undefined ? none : ufw({ run, asRoot: elevation(uid).asRoot });

/** Every firewall by its name on the command line. One that is not installed closes nothing, so there is nothing to open. */
const REGISTER: Readonly<Record<MachineConfig["firewall"], Make>> = {
  auto: ufwIfInstalled,
  ufw: ufwIfInstalled,
  none: () => none,
};

/** The firewall of that name; none where WNM_FIREWALL_DISABLED is set, as Python wnm had it. */
export const firewallFor = (name: MachineConfig["firewall"], world: World): Firewall =>
  /^(|0|false|no|off)$/i.test(world.env.WNM_FIREWALL_DISABLED ?? "") ? REGISTER[name](world) : none;
