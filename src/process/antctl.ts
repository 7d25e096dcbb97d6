import { basename, dirname } from "node:path";
import { Refused, WnmError } from "../errors.ts";
import { type Node, type NodeId, nodeLabel, type ProcessIdentity, recordedProcess } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import { exists } from "../os/files.ts";
import { nodesByFolder } from "../os/node-processes.ts";
import { identityOf, stillLives } from "../os/process-id.ts";
import { type AntctlStyle, addArguments, unwritable, upgradeArguments } from "./antctl-arguments.ts";
import type { Antctl } from "./antctl-command.ts";
import type { RegistryPlace } from "./antctl-discover.ts";
import { discoverRegistry } from "./antctl-discover.ts";
import { type AntctlEntry, addedIn, statusIn } from "./antctl-output.ts";
import type { Grounds, Launch, Placement, ProcessManager } from "./manager.ts";

/** What the modes of antctl do differently. */
export type AntctlRights = RegistryPlace & {
  readonly antctl: Antctl;
  readonly style: AntctlStyle;
  /** antctl's own folder for nodes; the storage has to be it where antctl is not told folders. */
  readonly own_storage: string;
  /** The services are units of systemd, which antctl writes without quotes. */
  readonly unquoted: boolean;
  readonly account: { readonly user: string; readonly home: string };
  readonly sleep: (ms: number) => Promise<void>;
};

/** One -v is antctl's least verbosity. Only so it acts on one service without asking all others over the network first. */
const BRIEF = "-v";
const WATCH_MS = 10_000;
const POLL_MS = 100;

/**
 * Nodes as services of antctl, which chooses their names and folders and keeps a registry of them. A call without a
 * name acts on all services, so every call but `reset` names one. What runs is known from the processes, not from the
 * registry, which is as old as antctl's last call.
 */
export function antctl(rights: AntctlRights): ProcessManager {
  const { style } = rights;
  const placed = new Map<NodeId, Placement>();
  const entries = async (): Promise<readonly AntctlEntry[]> =>
    statusIn(await rights.antctl(["status", "--json"]));
  const entryOf = async (node: Node): Promise<AntctlEntry | undefined> =>
    (await entries()).find((entry) => isOf(entry, node));
  /** The node's service as antctl has it now: another may meanwhile carry the name that its row remembers. */
  const serviceOf = async (node: Node): Promise<Placement | undefined> =>
    placed.get(node.id) ?? (await entryOf(node));
  const known = async (node: Node): Promise<Placement> => {
    const entry = await serviceOf(node);
    if (entry === undefined) throw new WnmError(`antctl has no service of ${nodeLabel(node)}`);
    return entry;
  };

  /** Calls antctl for something that ends in a start, and gives why it failed: it also does when the node runs but does not answer it yet. */
  const attempt = async (args: readonly string[]): Promise<WnmError | undefined> => {
    try {
      await rights.antctl([BRIEF, ...args]);
      return undefined;
    } catch (error) {
      if (error instanceof WnmError) return error;
      throw error;
    }
  };

  /** Waits until the node runs, or no longer does. */
  const untilRunning = async (node: Node, wanted: boolean): Promise<ProcessIdentity | undefined> => {
    for (let waited = 0; ; waited += POLL_MS) {
      const process = processOf(node);
      if ((process !== undefined) === wanted || waited >= WATCH_MS) return process;
      await rights.sleep(POLL_MS);
    }
  };

  const manager: ProcessManager = {
    // antctl counts removed services too and never gives a number, or a port, a second time.
    ids: "never reuse",
    // Restart=on-success: a node that ends in order to upgrade comes back, a crashed one does not.
    supervised: true,
    account: rights.account,

    async create(node, launch) {
      const existing = await entryOf(node);
      if (existing !== undefined) {
        placed.set(node.id, placementOf(existing));
        return;
      }
      checkFolders(node, launch, rights);
      const added = addedIn(await rights.antctl(addArguments(node, launch, style)));
      // Output of another antctl may read otherwise; its registry has the same ports in any case.
      placed.set(node.id, placementOf(added ?? (await known(node))));
    },

    placementOf: (node) => placed.get(node.id),

    async start(node) {
      const running = processOf(node);
      if (running !== undefined) return running;
      const { service } = await known(node);
      const failure = await attempt(["start", "--interval", "0", "--service-name", service]);
      const process = failure === undefined ? await untilRunning(node, true) : processOf(node);
      if (process !== undefined) return process;
      throw new WnmError(
        `${nodeLabel(node)} ended at once: ${failure?.message ?? "no process of it was found"}`,
      );
    },

    async stop(node) {
      const entry = await serviceOf(node);
      if (entry !== undefined) await rights.antctl([BRIEF, "stop", "--service-name", entry.service]);
      const left = await untilRunning(node, false);
      if (left === undefined) return;
      const why = entry === undefined ? "antctl has no service of it" : "antctl has stopped it";
      throw new WnmError(`${nodeLabel(node)} still runs as process ${left.pid}, although ${why}`);
    },

    async upgrade(node, launch) {
      const { service } = await known(node);
      const before = processOf(node);
      const failure = await attempt(upgradeArguments(service, launch));
      const process = failure === undefined ? await untilRunning(node, true) : processOf(node);
      // antctl stops a node before it replaces its program, so another process is that of the new one.
      if (process !== undefined && (failure === undefined || process.pid !== before?.pid)) return process;
      throw new WnmError(
        `${nodeLabel(node)} was not upgraded: ${failure?.message ?? "no process of it was found"}`,
      );
    },

    async remove(node, grounds) {
      const entry = await entryOf(node);
      if (entry !== undefined) {
        checkGrounds(entry, grounds);
        await rights.antctl([BRIEF, "remove", "--service-name", entry.service]);
      } else if (exists(node.root_dir)) {
        throw new WnmError(
          `antctl has no service of ${nodeLabel(node)}, so its folder ${node.root_dir} stays; delete it by hand`,
        );
      }
      for (const folder of entry === undefined ? [] : [entry.root_dir, entry.log_dir]) {
        if (exists(folder))
          throw new WnmError(`antctl has removed ${entry?.service}, yet ${folder} is still there`);
      }
      placed.delete(node.id);
    },

    async discover() {
      return discoverRegistry(rights);
    },

    async inspect(nodes) {
      const found = nodesByFolder();
      return new Map(nodes.map((node) => [node.id, stateOf(node, found)]));
    },

    async reset(nodes, grounds) {
      const all = (await entries()).filter(({ status }) => status !== "Removed");
      const strangers = all.filter((entry) => !nodes.some((node) => isOf(entry, node)));
      if (strangers.length > 0) {
        for (const node of nodes) {
          await manager.stop(node);
          await manager.remove(node, grounds);
        }
        return;
      }
      for (const entry of all) checkGrounds(entry, grounds);
      await rights.antctl([BRIEF, "reset", "--force"]);
      placed.clear();
    },
  };
  return manager;
}

/** Until antctl has named it, a node's service is spelled as a unit of wnm's own. */
const isNamed = (node: Node): boolean => !node.service.endsWith(".service");

/**
 * The service is the node's: same ports, which antctl gives to one service only, and the same name. A service that
 * ran before wnm named it is somebody else's.
 */
function isOf(entry: AntctlEntry, node: Node): boolean {
  if (entry.status === "Removed") return false;
  const samePorts = entry.node_port === node.port && entry.metrics_port === node.metrics_port;
  if (isNamed(node)) return samePorts && entry.service === node.service;
  return samePorts && entry.rpc_port === node.rpc_port && entry.status === "Added";
}

const placementOf = ({ service, binary, root_dir, log_dir }: Placement): Placement => ({
  service,
  binary,
  root_dir,
  log_dir,
});

function checkFolders(node: Node, launch: Launch, { style, own_storage, unquoted }: AntctlRights): void {
  const storage = dirname(node.root_dir);
  if (style.folders === "own" && storage !== own_storage) {
    throw new WnmError(
      `antctl puts nodes into ${own_storage}, but --node_storage is ${storage}; make them the same`,
    );
  }
  if (style.program.from === "file" && basename(launch.program) !== "antnode") {
    throw new WnmError(
      `antctl names a node's program like the file it is copied from: --antnode_path has to end in /antnode, not ${basename(launch.program)}`,
    );
  }
  const paths = [storage, ...(node.log_dir === undefined ? [] : [dirname(node.log_dir)])];
  const problem = unquoted ? unwritable(paths, launch) : undefined;
  if (problem !== undefined) throw new WnmError(problem);
}

/** `antctl remove` deletes whatever folders its registry says: they have to be a node's own, in the colony's places. */
function checkGrounds({ service, root_dir, log_dir }: AntctlEntry, grounds: Grounds): void {
  const refuse = (path: string, why: string) => new Refused(`${path} is not removed: ${why}`);
  if (!grounds.storages.includes(dirname(root_dir))) {
    throw refuse(root_dir, `it is outside the colony's storage (${grounds.storages.join(", ")})`);
  }
  if (!/^antnode\d+$/.test(service) || basename(root_dir) !== service)
    throw refuse(root_dir, "its name is not that of its service");
  if (log_dir.startsWith(`${root_dir}/`)) return;
  if (dirname(log_dir) !== grounds.logs || basename(log_dir) !== service)
    throw refuse(log_dir, `it is outside the log folder ${grounds.logs}`);
}

/** The node's living process: the recorded one, or the one that runs on its folder. Throws when processes cannot be seen. */
function processOf(node: Node): ProcessIdentity | undefined {
  const state = stateOf(node, nodesByFolder());
  if (state.state === "unknown") throw new WnmError(`${state.because}, so it is unknown which nodes run`);
  return state.state === "running" ? state.process : undefined;
}

function stateOf(node: Node, found: ReturnType<typeof nodesByFolder>): ProcessState {
  const recorded = recordedProcess(node);
  const process = (recorded && stillLives(recorded)) ?? found?.get(node.root_dir)?.[0];
  if (process !== undefined) return { state: "running", process: identityOf(process) };
  if (found === undefined) return { state: "unknown", because: "processes cannot be listed" };
  return { state: exists(node.root_dir) ? "stopped" : "missing" };
}
