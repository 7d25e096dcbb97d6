import type { Paths } from "../../model/host.ts";
import type { World } from "../../os/world.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import type { ProcessManager } from "./manager.ts";

/** The settings for antctl. */
export type AntctlSettings = {
  readonly antctl_path: string;
  readonly antctl_debug: boolean;
  readonly antctl_version: string | undefined;
  readonly rust_backtrace: string | undefined;
};

/** The settings for Docker, and the folders of its nodes. */
export type DockerSettings = Pick<MachineConfig, "docker_image" | "docker_args" | "docker_path"> & {
  readonly paths: Paths;
};

/** The settings and run options that managers need. */
export type ManagerSettings = AntctlSettings & DockerSettings & Pick<MachineConfig, "stop_grace">;

/** Creates a process manager. Throws WnmError when this machine does not support it. */
export type MakeManager = (world: World, settings: ManagerSettings) => ProcessManager;
