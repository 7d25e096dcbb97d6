import { readlinkSync } from "node:fs";
import { endsInTime, programPath } from "../command.ts";
import { listProcesses } from "../processes/identity.ts";
import { takesChanges } from "../takes-changes.ts";
import { kernelText } from "./kernel-text.ts";
import { localMounts, mountOver, remoteMounts } from "./mounts.ts";
import { textOf } from "./open-regular.ts";
import { MARKER } from "./storage-marker.ts";

/** A healthy file server or disk responds in milliseconds, a sleeping one within seconds. */
const ANSWERS_MS = 5_000;

/** The command line of a process that probes a folder. */
type Question = readonly [string, ...string[]];

type Mounts = { readonly remote: ReadonlySet<string>; readonly local: ReadonlySet<string> };

/** Cached for the run. */
let mounts: Mounts | undefined;

function knownMounts(): Mounts {
  if (mounts === undefined) {
    const text = textOf("/proc/self/mountinfo", "system") ?? "";
    mounts = { remote: remoteMounts(text), local: localMounts(text, process.execPath) };
  }
  return mounts;
}

/**
 * The folders on a share or a separate disk that does not respond. A blocked system call can only be abandoned with its
 * process, so a child process makes it; at 4 ms each, only for such folders.
 */
export const silentFolders = (folders: readonly string[]): Promise<ReadonlySet<string>> =>
  silentOn(knownMounts(), folders);

/** The folders on a share that does not respond. */
export const silentShares = (folders: readonly string[]): Promise<ReadonlySet<string>> =>
  silentOn({ ...knownMounts(), local: new Set() }, folders);

/**
 * False when the folder is on a share where writes time out, although reads may still work. Creates and removes a folder
 * and a file there, so it is called only by a run about to change something.
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
  // excl: never write through something planted there.
  const write = [dd, "if=/dev/zero", `of=${written}`, "bs=1", "count=1", "conv=excl,fsync"] as const;
  return [clear, [mkdir, "--", made], write, [mv, "--", written, `${made}/file`], clear];
}

/** False when opening the file on a share times out, as while a node hangs writing it. */
export async function shareOpens(file: string): Promise<boolean> {
  const head = programPath("head");
  if (head === undefined || !isOnShare(file)) return true;
  const question = [head, "-c", "1", "--", file] as const;
  return !isAnyWaiting([question]) && endsInTime(question, ANSWERS_MS);
}

/** The mount point of the folder's share or disk, from the mount list alone; undefined on the system's own disk. */
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

/** True when the folder's file system responds in time, whatever the response. */
async function doesAnswer(folder: string, { remote, local }: Mounts): Promise<boolean> {
  const first = mountOver(folder, new Set([...remote, ...local]), linkAt);
  if (first === undefined) return true;
  if (local.has(first) && !(await diskAnswers(folder))) return false;
  // Links on a disk are followed only if it responds.
  return mountOver(folder, remote, linkAt) === undefined || shareAnswers(folder);
}

async function shareAnswers(folder: string): Promise<boolean> {
  const [head, stat] = [programPath("head"), programPath("stat")];
  // Attributes may be cached, but opening a file asks the server. Some respond to that but not to statfs(2).
  const questions: Question[] = [
    ...(head === undefined ? [] : [[head, "-c", "1", "--", `${folder}/${MARKER}`, `${folder}/.`] as const]),
    ...(stat === undefined ? [] : [[stat, "-f", "--", folder] as const]),
  ];
  // While a change hangs, the kernel blocks listing the folder too.
  if (isAnyWaiting([...questions, ...changesIn(folder)])) return false;
  const answers = await Promise.all(questions.map((argv) => endsInTime(argv, ANSWERS_MS)));
  return !answers.includes(false);
}

async function diskAnswers(folder: string): Promise<boolean> {
  const program = programPath("dd");
  if (program === undefined) return true;
  // The kernel's cache may answer for a missing disk, but not for a direct read.
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

/** Checks the kernel's count of processes blocked on a disk, which is cheaper than listing all processes. */
const isAnyBlocked = (): boolean => !/^procs_blocked 0$/m.test(kernelText("/proc/stat") ?? "");

/** True while an earlier run's probe still hangs, so that probes do not pile up, one per minute. */
function isAnyWaiting(questions: readonly Question[]): boolean {
  const lines = new Set(questions.map((argv) => argv.join("\0")));
  return listProcesses()?.some(({ argv }) => lines.has(argv.join("\0"))) === true;
}
