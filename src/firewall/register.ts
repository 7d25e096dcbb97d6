import { elevation } from "../os/elevation.ts";
import { isInstalled } from "../os/command.ts";
import type { World } from "../world.ts";
import type { Firewall } from "./firewall.ts";
import { none } from "./none.ts";
import { ufw } from "./ufw.ts";

/** What --firewall may say; `auto` takes what the machine has. */
export const FIREWALLS = ["auto", "ufw", "none"] as const;
