import type { Paths } from "../model/host.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { World } from "../world.ts";
import type { AntctlSettings } from "./antctl-rights.ts";
import type { ProcessManager } from "./manager.ts";

/** What the settings say of Docker, and where its nodes' files are. */
export type DockerSettings = Pick<MachineConfig, "docker_image" | "docker_args" | "docker_path"> & {
  readonly paths: Paths;
};

/** What managers are told by the settings and by the options of the run. */
export type ManagerSettings = AntctlSettings & DockerSettings;

/** Makes a manager of nodes. Throws WnmError when this machine cannot have it. */
export type MakeManager = (world: World, settings: ManagerSettings) => ProcessManager;
