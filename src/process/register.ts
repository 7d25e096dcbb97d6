import type { ManagerKind } from "../model/node.ts";
import type { World } from "../world.ts";
import type { MakeManager, ManagerSettings } from "./make-manager.ts";
import type { ProcessManager } from "./manager.ts";

/**
 * Every manager by its name on the command line; nothing else in the program knows one by name. Only those that a
 * colony has are loaded: all of them took 2 % of an idle run of 20 nodes (measured).
 */
const REGISTER: Readonly<Record<ManagerKind, () => Promise<MakeManager>>> = {
  "setsid+user": async () => (await import("./setsid-managers.ts")).setsidUser,
  "setsid+sudo": async () => (await import("./setsid-managers.ts")).setsidSudo,
  "systemd+user": async () => (await import("./systemd-managers.ts")).systemdUser,
  "systemd+sudo": async () => (await import("./systemd-managers.ts")).systemdSudo,
  "launchd+user": async () => (await import("./launchd-managers.ts")).launchdUser,
  "launchd+sudo": async () => (await import("./launchd-managers.ts")).launchdSudo,
  "antctl+user": async () => (await import("./antctl-managers.ts")).antctlUser,
  "antctl+sudo": async () => (await import("./antctl-managers.ts")).antctlSudo,
  "antctl+zen": async () => (await import("./antctl-managers.ts")).antctlZen,
  "docker+user": async () => (await import("./docker-managers.ts")).dockerUser,
  "s6overlay+user": async () => (await import("./docker-managers.ts")).s6overlayUser,
};

/** The manager of that name. Throws WnmError when this machine cannot have it. */
export async function managerFor(
  kind: ManagerKind,
  world: World,
  settings: ManagerSettings,
): Promise<ProcessManager> {
  const make = await REGISTER[kind]();
  return make(world, settings);
}
