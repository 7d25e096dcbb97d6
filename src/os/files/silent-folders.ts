import { readlinkSync } from "node:fs";
import { endsInTime, programPath } from "../command.ts";
import { listProcesses } from "../processes/identity.ts";
import { takesChanges } from "../takes-changes.ts";
import { kernelText } from "./kernel-text.ts";
import { localMounts, mountOver, remoteMounts } from "./mounts.ts";
import { textOf } from "./open-regular.ts";
import { MARKER } from "./storage-marker.ts";

/** A file server or disk that is well answers in milliseconds, one that has to wake up within seconds. */
const ANSWERS_MS = 5_000;

/** The command line of a process that looks at a folder. */
type Question = readonly [string, ...string[]];

type Mounts = { readonly remote: ReadonlySet<string>; readonly local: ReadonlySet<string> };

/** Read once in a run. */
let mounts: Mounts | undefined;

function knownMounts(): Mounts {
  if (mounts === undefined) {
    const text = textOf("/proc/self/mountinfo", "system") ?? "";
    mounts = { remote: remoteMounts(text), local: localMounts(text, process.execPath) };
  }
  return mounts;
}

/**
 * Which of the folders lie on a share, or on a disk that wnm itself does not run from, that does not answer now. A blocked
 * system call ends no other way than with its process, so another one makes it; only for those, because it costs 4 ms.
 */
export const silentFolders = (folders: readonly string[]): Promise<ReadonlySet<string>> =>
  silentOn(knownMounts(), folders);

/** Which of the folders lie on a share that does not answer now. */
export const silentShares = (folders: readonly string[]): Promise<ReadonlySet<string>> =>
  silentOn({ ...knownMounts(), local: new Set() }, folders);

/**
 * True unless the folder lies on a share that takes no changes in time: some servers still answer reads. It makes and
 * removes a folder and a file there, so only a run that is about to change something asks.
 */
export async function shareTakesChanges(folder: string): Promise<boolean> {
  if (!isOnShare(folder)) return true;
  const changes = changesIn(folder);
  if (isAnyWaiting(changes)) return false;
  for (const change of changes) if (!(await endsInTime(change, ANSWERS_MS))) return false;
  return true;
}

function isOnShare(path: string): boolean {
  const { remote } = knownMounts();
  return remote.size > 0 && mountOver(path, remote, linkAt) !== undefined;
}

function changesIn(folder: string): readonly Question[] {
  const [mkdir, dd, mv, rm] = ["mkdir", "dd", "mv", "rm"].map(programPath);
  if (mkdir === undefined || dd === undefined || mv === undefined || rm === undefined) return [];
  const [made, written] = [`${folder}/.wnm-trial-folder`, `${folder}/.wnm-trial-file`];
  const clear = [rm, "-rf", "--", made, written] as const;
  // excl: whatever somebody has put there is not written through.
  const write = [dd, "if=/dev/zero", `of=${written}`, "bs=1", "count=1", "conv=excl,fsync"] as const;
  return [clear, [mkdir, "--", made], write, [mv, "--", written, `${made}/file`], clear];
}

/** True unless the file lies on a share that does not open it in time: one that a node hangs in writing is held back. */
export async function shareOpens(file: string): Promise<boolean> {
  const head = programPath("head");
  if (head === undefined || !isOnShare(file)) return true;
  const question = [head, "-c", "1", "--", file] as const;
  return !isAnyWaiting([question]) && endsInTime(question, ANSWERS_MS);
}

/** Where the share or disk of the folder is mounted, by the system's list alone; undefined on the system's own disk. */
export function mountOf(folder: string): string | undefined {
  const { remote, local } = knownMounts();
  return mountOver(folder, new Set([...remote, ...local]), linkAt);
}

async function silentOn(here: Mounts, folders: readonly string[]): Promise<ReadonlySet<string>> {
  if (here.remote.size + here.local.size === 0) return new Set();
  const answers = await Promise.all(folders.map((folder) => doesAnswer(folder, here)));
  return new Set(folders.filter((_, i) => answers[i] === false));
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** True when what the folder lies on answers in time, whatever it answers. */
async function doesAnswer(folder: string, { remote, local }: Mounts): Promise<boolean> {
  const first = mountOver(folder, new Set([...remote, ...local]), linkAt);
  if (first === undefined) return true;
  if (local.has(first) && !(await diskAnswers(folder))) return false;
  // Links are followed on a disk only when it answers.
  return mountOver(folder, remote, linkAt) === undefined || shareAnswers(folder);
}

async function shareAnswers(folder: string): Promise<boolean> {
  const [head, stat] = [programPath("head"), programPath("stat")];
  // An attribute may come from a cache; to open a file the server is asked. Some answer that, and not how full they are.
  const questions: Question[] = [
    ...(head === undefined ? [] : [[head, "-c", "1", "--", `${folder}/${MARKER}`, `${folder}/.`] as const]),
    ...(stat === undefined ? [] : [[stat, "-f", "--", folder] as const]),
  ];
  // Until a change ends, the kernel lets nobody list the folder.
  if (isAnyWaiting([...questions, ...changesIn(folder)])) return false;
  const answers = await Promise.all(questions.map((argv) => endsInTime(argv, ANSWERS_MS)));
  return !answers.includes(false);
}

async function diskAnswers(folder: string): Promise<boolean> {
  const program = programPath("dd");
  if (program === undefined) return true;
  // The kernel's cache answers for a disk that is gone, but not to a direct read.
  const argv = [
    program,
    `if=${folder}/${MARKER}`,
    "of=/dev/null",
    "iflag=direct",
    "bs=4096",
    "count=1",
  ] as const;
  if (isAnyBlocked() && isAnyWaiting([argv])) return false;
  return (await endsInTime(argv, ANSWERS_MS)) && takesChanges(folder, ANSWERS_MS);
}

/** A process that waits for a disk is in the kernel's count of them, and the list of all processes is long. */
const isAnyBlocked = (): boolean => !/^procs_blocked 0$/m.test(kernelText("/proc/stat") ?? "");

/** True when a question of an earlier run has had no answer yet: one process waits for a share, not one a minute. */
function isAnyWaiting(questions: readonly Question[]): boolean {
  const lines = new Set(questions.map((argv) => argv.join("\0")));
  return listProcesses()?.some(({ argv }) => lines.has(argv.join("\0"))) === true;
}
