import type { ManagerKind } from "../model/node.ts";
import { programPath } from "../os/command.ts";
import type { Mode, Platform } from "../os/paths.ts";
import { isBootedBySystemd } from "../os/systemd-booted.ts";

/** The process managers of this mode that are installed on this machine, the default first. */
export function managersHere(platform: Platform, mode: Mode): readonly ManagerKind[] {
  const containers: readonly ManagerKind[] =
    mode === "user" && programPath("docker") !== undefined ? ["docker+user", "s6overlay+user"] : [];
  if (platform === "darwin") return [`launchd+${mode}`, `setsid+${mode}`, ...containers];
  const systemd: readonly ManagerKind[] = isBootedBySystemd() ? [`systemd+${mode}`] : [];
  return [...systemd, `setsid+${mode}`, ...containers];
}
