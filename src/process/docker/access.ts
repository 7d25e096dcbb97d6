import type { Files } from "../../os/files/node-files.ts";
import type { StopGrace } from "../contract/stop-grace.ts";
import type { Engine } from "./engine.ts";

/** What both container managers need. */
export type DockerAccess = {
  readonly engine: Engine;
  readonly files: Files;
  readonly account: { readonly user: string; readonly home: string };
  /** The image for new containers. Throws WnmError when none is set. */
  readonly image: () => string;
  /** --docker_args as words. */
  readonly extra: readonly string[];
  /** The folder with the containers' init script and the definitions that it reads. */
  readonly control: string;
  /** The parent of the nodes' log folders. */
  readonly logs: string;
  /** Further folders that all nodes write to. */
  readonly writable: readonly string[];
  readonly sleep: (ms: number) => Promise<void>;
  readonly grace: StopGrace;
};
