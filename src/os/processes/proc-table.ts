import { readdirSync, readFileSync, statSync } from "node:fs";
import { errorCode } from "../../base/errors.ts";
import { kernelText } from "../files/kernel-text.ts";
import { thisBoot } from "./boot.ts";
import {
  ENDED,
  existence,
  type LivingProcess,
  type ProcessOnList,
  type ProcessTable,
} from "./process-table.ts";
import { secondsSinceBoot } from "./since-boot.ts";

/** Reads a /proc file; undefined when it is gone, `hidden` when it exists but cannot be read. */
function read(path: string): string | undefined | { readonly hidden: true } {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = errorCode(error);
    return code === "ENOENT" || code === "ESRCH" || code === "ENOTDIR" ? undefined : { hidden: true };
  }
}

/** Index of the start time among the fields after the name in /proc/PID/stat; it is field 22. */
const STARTED = 19;

/** Clock ticks per second; USER_HZ is 100 on every architecture that Bun supports. */
export const TICKS = 100;

/** Parses /proc/PID/stat, proc(5); undefined for a zombie or other text. Pure apart from the boot id. */
export function processInStat(text: string): LivingProcess | undefined {
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ", STARTED + 1);
  const [state, , group] = fields;
  const pid_started = Number(fields[STARTED]);
  if (state === undefined || state === "Z" || state === "X" || !Number.isSafeInteger(pid_started))
    return undefined;
  return { pid, group: Number(group), pid_started, boot_id: thisBoot() };
}

/** The arguments in /proc/PID/cmdline. */
const wordsIn = (cmdline: string): readonly string[] => cmdline.replace(/\0$/, "").split("\0");

/** CAP_SYS_PTRACE, whose holder can see every process. See capabilities(7). */
const SEES_ALL = 1n << 19n;

function seesAll(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(kernelText("/proc/self/status") ?? "")?.[1];
  return effective !== undefined && (BigInt(`0x${effective}`) & SEES_ALL) !== 0n;
}

/** The pids in /proc; none when it cannot be listed. */
function listPids(): readonly number[] {
  try {
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** Linux: proc(5). Start times are clock ticks since boot. */
export const PROC_TABLE: ProcessTable = {
  look(pid) {
    const stat = Number.isSafeInteger(pid) && pid > 0 ? kernelText(`/proc/${pid}/stat`) : undefined;
    if (stat === undefined || stat === "") return pid > 0 ? existence(pid) : ENDED;
    const process = processInStat(stat);
    return process === undefined ? ENDED : { seen: "living", process };
  },
  pids: listPids,
  list() {
    const pids = listPids();
    if (pids.length === 0) return undefined;
    const processes: ProcessOnList[] = [];
    const unreadable: number[] = [];
    for (const pid of pids) {
      const line = read(`/proc/${pid}/cmdline`);
      if (typeof line === "object") unreadable.push(pid);
      else if (line !== undefined && line !== "") processes.push({ pid, argv: wordsIn(line) });
    }
    return { processes, unreadable };
  },
  argv(pid) {
    const line = kernelText(`/proc/${pid}/cmdline`);
    return line === undefined ? undefined : wordsIn(line);
  },
  owner(pid) {
    try {
      return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
    } catch {
      return undefined;
    }
  },
  startedAt: ({ pid_started }) => Date.now() / 1000 - secondsSinceBoot() + pid_started / TICKS,
  showsOthers({ processes }) {
    const own = process.getuid?.();
    return (
      seesAll() ||
      processes.some(({ pid }) => {
        const owner = PROC_TABLE.owner(pid);
        return owner !== undefined && owner !== own;
      })
    );
  },
};
