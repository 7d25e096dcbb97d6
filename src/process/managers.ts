import type { ManagerKind } from "../model/node.ts";
import type { World } from "../os/world.ts";
import type { MakeManager, ManagerSettings } from "./contract/make-manager.ts";
import type { ProcessManager } from "./contract/manager.ts";

/**
 * Every process manager by its name on the command line. Nothing else in the program knows one by name. Only those the
 * colony uses are loaded, because loading all takes 2 % of an idle run of 20 nodes (measured).
 */
const MANAGERS: Readonly<Record<ManagerKind, () => Promise<MakeManager>>> = {
  "setsid+user": async () => (await import("./setsid/make.ts")).setsidUser,
  "setsid+sudo": async () => (await import("./setsid/make.ts")).setsidSudo,
  "systemd+user": async () => (await import("./systemd/make.ts")).systemdUser,
  "systemd+sudo": async () => (await import("./systemd/make.ts")).systemdSudo,
  "launchd+user": async () => (await import("./launchd/make.ts")).launchdUser,
  "launchd+sudo": async () => (await import("./launchd/make.ts")).launchdSudo,
  "antctl+user": async () => (await import("./antctl/make.ts")).antctlUser,
  "antctl+sudo": async () => (await import("./antctl/make.ts")).antctlSudo,
  "antctl+zen": async () => (await import("./antctl/make.ts")).antctlZen,
  "docker+user": async () => (await import("./docker/make.ts")).dockerUser,
  "s6overlay+user": async () => (await import("./docker/make.ts")).s6overlayUser,
};

const IN_OWN_GROUP: ReadonlySet<ManagerKind> = new Set(["setsid+user", "setsid+sudo", "s6overlay+user"]);

/** True when nodes stay in wnm's own cgroup, so that its memory limit applies to them too. */
export const sharesControlGroup = (kind: ManagerKind): boolean => IN_OWN_GROUP.has(kind);

/** The parent cgroup of all nodes; undefined: wnm's own. */
export function groupOfNodes(kind: ManagerKind, uid: number): string | undefined {
  if (sharesControlGroup(kind)) return undefined;
  // See systemd.special(7). Container engines choose their own cgroups, so only the machine's limits are known.
  if (kind === "systemd+sudo" || kind === "antctl+sudo") return "/system.slice";
  return kind === "systemd+user" || kind === "antctl+user"
    ? `/user.slice/user-${uid}.slice/user@${uid}.service/app.slice`
    : "/";
}

const WITH_OWN_LIMITS: ReadonlySet<ManagerKind> = new Set(["setsid+user", "setsid+sudo"]);

/** True when nodes inherit the resource limits of wnm's own process (ulimit). */
export const passesLimitsOn = (kind: ManagerKind): boolean => WITH_OWN_LIMITS.has(kind);

/** The manager of that name. Throws WnmError when this machine does not support it. */
export async function managerFor(
  kind: ManagerKind,
  world: World,
  settings: ManagerSettings,
): Promise<ProcessManager> {
  const make = await MANAGERS[kind]();
  return make(world, settings);
}
