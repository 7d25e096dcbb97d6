import type { Files } from "../../os/files/node-files.ts";
import type { StopGrace } from "../contract/stop-grace.ts";
import type { Engine } from "./engine.ts";

/** What both kinds of container managers work with. */
export type DockerAccess = {
  readonly engine: Engine;
  readonly files: Files;
  readonly account: { readonly user: string; readonly home: string };
  /** The image for new containers. Throws WnmError when none is set. */
  readonly image: () => string;
  /** --docker_args as words. */
  readonly extra: readonly string[];
  /** Folder of the containers' first process and of the definitions that it reads. */
  readonly control: string;
  /** Folder of the nodes' log folders. */
  readonly logs: string;
  /** Folders that all nodes write to. */
  readonly writable: readonly string[];
  readonly sleep: (ms: number) => Promise<void>;
  readonly grace: StopGrace;
};
