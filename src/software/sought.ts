import type { Node } from "../model/node.ts";

/** A node as its processes are looked for. `user`: the account that it runs as, where that is known. */
export type Sought = Pick<Node, "root_dir" | "pid" | "pid_started" | "boot_id"> & {
  readonly user: string | undefined;
  /** Folder of its output, where that belongs to this account. */
  readonly log_dir?: string | undefined;
};

/** A node of which only the folder is known. */
export const soughtAt = (root_dir: string, user?: string): Sought => ({
  root_dir,
  user,
  pid: undefined,
  pid_started: undefined,
  boot_id: undefined,
});
