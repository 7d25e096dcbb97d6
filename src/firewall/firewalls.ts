import { programPath } from "../os/command.ts";
import { elevation } from "../os/elevation.ts";
import type { World } from "../os/world.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Firewall } from "./firewall.ts";
import { none } from "./none.ts";
import { ufw } from "./ufw.ts";

type Make = (world: World) => Firewall;

const ufwIfInstalled: Make = ({ run, uid }) =>
  programPath("ufw") === undefined ? none : ufw({ run, asRoot: elevation(uid).asRoot });

/** All firewalls by their name on the command line. One that is not installed blocks nothing, so nothing is opened. */
const FIREWALLS: Readonly<Record<MachineConfig["firewall"], Make>> = {
  auto: ufwIfInstalled,
  ufw: ufwIfInstalled,
  none: () => none,
};

/** The firewall of that name; none when WNM_FIREWALL_DISABLED is set, as in Python wnm. */
export const firewallFor = (name: MachineConfig["firewall"], world: World): Firewall =>
  /^(|0|false|no|off)$/i.test(world.env.WNM_FIREWALL_DISABLED ?? "") ? FIREWALLS[name](world) : none;
