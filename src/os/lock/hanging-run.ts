import { readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { Finding } from "../../model/finding.ts";
import type { ProcessIdentity, Seconds } from "../../model/node.ts";
import { kernelText } from "../files/kernel-text.ts";
import { lookFor } from "../processes/identity.ts";
import { TICKS } from "../processes/proc-table.ts";
import { secondsSinceBoot } from "../processes/since-boot.ts";
import { LockHeld } from "./lock-held.ts";
import { type Holder, LOOKS_FOR } from "./record.ts";

/** A run that has been acting for this long may be stuck, although it need not be. */
const ACTS_FOR: Seconds = 3_600;
/** How long to watch a process for progress. */
const WATCH_MS = 2_000;

/** What Linux shows about the process that holds the lock. */
type Look = {
  readonly age: Seconds;
  /** A letter of proc_pid_stat(5). */
  readonly state: string;
  readonly is_traced: boolean;
  /** The children that it waits for. */
  readonly children: readonly string[];
  /** Changes whenever the process does anything. */
  readonly progress: string;
  /** The kernel function it sleeps in; "" if unknown. */
  readonly in_kernel: string;
};

function lookAt(process: ProcessIdentity): Look | undefined {
  const task = `/proc/${process.pid}/task/${process.pid}`;
  const stat = kernelText(`${task}/stat`);
  const status = kernelText(`/proc/${process.pid}/status`) ?? "";
  if (stat === undefined || lookFor(process, () => true).seen !== "living") return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const switches = /^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1];
  const wchan = kernelText(`/proc/${process.pid}/wchan`) ?? "";
  return {
    age: Math.floor(secondsSinceBoot() - process.pid_started / TICKS),
    state: fields[0] ?? "",
    is_traced: !/^TracerPid:\s*0$/m.test(status),
    children: (kernelText(`${task}/children`) ?? "").split(" ").filter((pid) => /^\d+$/.test(pid)),
    progress: `${fields[11]} ${fields[12]} ${switches}`,
    in_kernel: /^\w{2,}$/.test(wchan) ? wchan : "",
  };
}

/** Explains the process state in proc_pid_stat(5), and what to do. */
function waitsFor(pid: number, look: Look): { readonly sentence: string; readonly cure: string } {
  const end = `kill -KILL ${pid}`;
  const [child] = look.children;
  if (look.is_traced || look.state === "t") return { sentence: "it is held by a debugger", cure: end };
  if (look.state === "T")
    return {
      sentence: "it is stopped (SIGSTOP, or Ctrl-Z)",
      cure: `kill -CONT ${pid}`,
    };
  if (child !== undefined) {
    const words = (kernelText(`/proc/${child}/cmdline`) ?? "").split("\0").join(" ").trim();
    return { sentence: `it waits for its process ${child} (${words.slice(0, 200)})`, cure: end };
  }
  if (look.state === "D") {
    const where = look.in_kernel === "" ? "" : ` (${look.in_kernel})`;
    return {
      sentence: `it waits in the kernel${where} for a disk or a network share that does not respond (the kernel's log names it); once that is back, the run ends`,
      cure: end,
    };
  }
  return {
    sentence: look.state === "R" ? "it computes" : "it waits, and it cannot be seen what for",
    cure: end,
  };
}

const isLong = ({ looks_for }: Holder, look: Look): boolean =>
  look.age >= (looks_for ?? ACTS_FOR) || (look.age >= LOOKS_FOR && /^[TtD]$/.test(look.state));

/** The refusal of a run because another holds the lock at `path`. */
export function heldBy(holder: Holder, path: string): LockHeld {
  const { line, finding } = describeHolder(holder);
  return new LockHeld(line || `another run holds ${path}`, finding);
}

/** Describes the run that holds the lock: since when, what it does, and what it waits for if visible. */
export function describeHolder(holder: Holder): {
  readonly line: string;
  readonly finding: Finding | undefined;
} {
  const { process: held, description, does } = holder;
  const said = does === undefined ? description : `${description}; it ${does}`;
  const look = held === undefined ? undefined : lookAt(held);
  if (held === undefined || look === undefined) return { line: said, finding: undefined };
  const { sentence, cure } = waitsFor(held.pid, look);
  const is_usual = /^[RS]$/.test(look.state) && !look.is_traced && look.children.length === 0;
  const line = is_usual ? said : `${said}; ${sentence}`;
  if (!isLong(holder, look)) return { line, finding: undefined };
  const minutes = Math.floor(look.age / 60);
  return {
    line: said,
    finding: {
      key: "run-hangs",
      severity: "bad",
      sentence: `The run of process ${held.pid} has held the colony for ${minutes} minutes, and no node is managed meanwhile: ${sentence}. When it is killed, the next run fixes what it left`,
      cure,
    },
  };
}

/**
 * Kills a hung run: a wnm process that has only observed for longer than allowed, makes no progress while watched, waits
 * for no child and has no debugger. Returns a sentence about it; undefined when the run was left alone.
 */
export function endIfHanging(holder: Holder): string | undefined {
  const { process: held, looks_for } = holder;
  if (held === undefined || looks_for === undefined) return undefined;
  const before = lookAt(held);
  if (before === undefined || before.age < looks_for || !mayEnd(held, before)) return undefined;
  Bun.sleepSync(WATCH_MS);
  const after = lookAt(held);
  if (after === undefined || after.progress !== before.progress || !mayEnd(held, after)) return undefined;
  try {
    process.kill(held.pid, "SIGKILL");
  } catch {
    // It belongs to another account; describeHolder says what to do.
    return undefined;
  }
  const { sentence } = waitsFor(held.pid, after);
  return `A run of wnm hung for ${Math.floor(after.age / 60)} minutes and was killed: ${holder.description}; ${sentence}. It had only looked, so nothing is half done`;
}

const mayEnd = ({ pid }: ProcessIdentity, { is_traced, children, state }: Look): boolean =>
  !is_traced && state !== "t" && children.length === 0 && programOf(pid) === basename(process.execPath);

/** The program name of a process, even if its file has been replaced. */
function programOf(pid: number): string | undefined {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ""));
  } catch {
    return undefined;
  }
}
