import { statAt } from "../../os/files/presence.ts";
import type { Platform } from "../../os/paths.ts";
import { OWN_PROCESSES } from "../../software/node-owner.ts";
import { lookForNodes, stateSeen } from "../../software/node-processes.ts";
import { rootDirIn } from "../../software/recognise.ts";
import { soughtAt } from "../../software/sought.ts";
import type { Discovery } from "../contract/found-node.ts";
import { whyManagedElsewhere } from "./daemon.ts";
import { nodesOfDaemon } from "./registry.ts";

/** The account whose daemon to look for. */
export type DaemonAccount = {
  readonly platform: Platform;
  readonly home: string;
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** The folder in which the daemon keeps its registry (ant-core 0.14.0, config.rs). */
export function daemonFolder({ platform, home, env }: Omit<DaemonAccount, "uid">): string {
  if (platform === "darwin") return `${home}/Library/Application Support/ant`;
  const data = env.XDG_DATA_HOME;
  return `${data?.startsWith("/") === true ? data : `${home}/.local/share`}/ant`;
}

/** The nodes of the account's `ant node` daemon, and which of them run. Reads its registry, never writes it. */
export function discoverDaemon(account: DaemonAccount): Discovery {
  const folder = daemonFolder(account);
  const path = `${folder}/node_registry.json`;
  const stat = statAt(path);
  if (typeof stat === "object" && "found" in stat && stat.found.uid !== account.uid)
    return { found: [], left_out: [{ source: path, because: "it belongs to another account" }] };
  const { found, left_out } = nodesOfDaemon(path);
  if (found.length === 0) return { found: [], left_out };
  const held_by = whyManagedElsewhere(folder);
  const look = lookForNodes(OWN_PROCESSES);
  return {
    found: found.map((node) => {
      const root_dir = rootDirIn(node.args) ?? "";
      return { ...node, held_by, process: stateSeen(look.process(soughtAt(root_dir))) };
    }),
    left_out,
  };
}
