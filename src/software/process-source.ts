import { recordedProcess, sameBoot } from "../model/node.ts";
import { argvOf, livingProcess, lookFor, ownerOf, processList } from "../os/processes/identity.ts";
import { ENDED, type LivingProcess, type ProcessSight } from "../os/processes/process-table.ts";
import type { AccountProcesses, ProcessWithArgv } from "./account-processes.ts";
import { belongs, type NodeOwner, whyHidden } from "./node-owner.ts";
import { isNodeProgram, rootDirIn } from "./recognise.ts";
import type { Sought } from "./sought.ts";

const NOT_LISTED = "processes cannot be listed";

/** Living processes by the folder that they work on. `hidden`: why there may be more of them. */
export type Scan = {
  readonly on: (node: Sought) => readonly LivingProcess[];
  readonly hidden: string | undefined;
};

/** Where the processes of nodes are looked up. */
export type ProcessSource = {
  /** The process that wnm has recorded for the node. */
  readonly recorded: (node: Sought) => ProcessSight;
  readonly scan: () => Scan;
  /** The process of that pid, if it may be the node's. `user`: the account that the node runs as. */
  readonly at: (pid: number, user: string | undefined) => ProcessWithArgv | undefined;
  /** Every process that may be a node's, whatever folder it works on. */
  readonly everyone: () => readonly LivingProcess[];
};

/** The machine's processes, as wnm's own account sees them. */
export const machineProcesses = (owner: NodeOwner): ProcessSource => ({
  recorded(node) {
    const recorded = recordedProcess(node);
    return recorded === undefined ? ENDED : lookFor(recorded, (argv) => rootDirIn(argv) === node.root_dir);
  },
  scan: () => scanMachine(owner),
  at: (pid, user) => (belongs(owner, ownerOf(pid), user) ? withArgv(pid) : undefined),
  everyone: () =>
    (processList()?.processes ?? []).flatMap(({ pid }) =>
      belongs(owner, ownerOf(pid)) ? (livingProcess(pid) ?? []) : [],
    ),
});

/** The processes that the nodes' account has listed: those are all of its processes. */
export const listedProcesses = (listed: AccountProcesses, owner: NodeOwner): ProcessSource => ({
  recorded(node) {
    const recorded = recordedProcess(node);
    if (recorded === undefined) return ENDED;
    const found = listed.get(recorded.pid);
    return found?.pid_started === recorded.pid_started && sameBoot(found.boot_id, recorded.boot_id) !== false
      ? { seen: "living", process: found }
      : ENDED;
  },
  scan: () => scanListed(listed, owner),
  at: (pid) => listed.get(pid),
  everyone: () => [...listed.values()].map(({ argv: _, ...process }) => process),
});

function scanMachine(owner: NodeOwner): Scan {
  const list = processList();
  if (list === undefined) return { on: () => [], hidden: NOT_LISTED };
  const found = list.processes.flatMap(({ pid, argv }) => {
    const folder = rootDirIn(argv);
    const process = folder === undefined ? undefined : livingProcess(pid);
    if (folder === undefined || process === undefined) return [];
    return [{ process, argv, folder, uid: ownerOf(pid) }];
  });
  return { on: byFolder(found, owner), hidden: whyHidden(list, owner) };
}

const scanListed = (listed: AccountProcesses, owner: NodeOwner): Scan => ({
  on: byFolder(
    [...listed.values()].flatMap(({ argv, ...process }) => {
      const folder = rootDirIn(argv);
      return folder === undefined ? [] : [{ process, argv, folder, uid: undefined }];
    }),
    owner,
  ),
  hidden: undefined,
});

type Worker = {
  readonly process: LivingProcess;
  readonly argv: readonly string[];
  readonly folder: string;
  /** undefined: the nodes' account, or unknown. */
  readonly uid: number | undefined;
};

/** Processes named like a node come before their wrappers, and the oldest comes first. */
function byFolder(workers: readonly Worker[], owner: NodeOwner): Scan["on"] {
  const found = Map.groupBy(
    workers.filter((worker) => owner.wrapped || isNamed(worker)),
    ({ folder }) => folder,
  );
  const order = (a: Worker, b: Worker) =>
    Number(isNamed(b)) - Number(isNamed(a)) || a.process.pid_started - b.process.pid_started;
  return ({ root_dir, user }) =>
    (found.get(root_dir) ?? [])
      .filter(({ uid }) => belongs(owner, uid, user))
      .toSorted(order)
      .map(({ process }) => process);
}

/** An adopted node's program may have any name, but then it lies in the node's own folder. */
const isNamed = ({ argv, folder }: Worker): boolean => {
  const program = (argv[0] ?? "").replace(/ \(deleted\)$/, "");
  return isNodeProgram(program) || program.startsWith(`${folder}/`);
};

function withArgv(pid: number): ProcessWithArgv | undefined {
  const process = livingProcess(pid);
  return process && { ...process, argv: argvOf(pid) ?? [] };
}
