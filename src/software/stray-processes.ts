import { readlinkSync } from "node:fs";
import { dirname } from "node:path";
import { type Node, recordedProcess, sameBoot, UNKNOWN_BOOT } from "../model/node.ts";
import { bootId } from "../os/processes/boot.ts";
import { isOnlyGroup, livingProcess, ownerOf, processIds, startedAt } from "../os/processes/identity.ts";
import type { LivingProcess } from "../os/processes/process-table.ts";
import { belongs, type NodeOwner } from "./node-owner.ts";
import type { Sought } from "./sought.ts";

/** Start times are rounded down to this. */
const TICK_S = 0.05;

/**
 * What the recorded process left running when it ended, as a wrapper script does: its process group, whose number is not
 * given to others while a member lives, and what prints to the node's output. `everyone`: the processes to search.
 */
export function leftBy(node: Sought, everyone: () => readonly LivingProcess[]): readonly LivingProcess[] {
  const recorded = recordedProcess(node);
  if (recorded === undefined || sameBoot(recorded.boot_id, bootId() ?? UNKNOWN_BOOT) === false) return [];
  const isLed = isOnlyGroup(recorded.pid);
  const { log_dir } = node;
  const all = isLed || log_dir !== undefined ? everyone() : [];
  const group = isLed && all.some((one) => one.group === recorded.pid);
  return [
    ...(group ? [{ ...recorded, group: recorded.pid }] : []),
    ...all.filter(
      ({ pid, group: of, pid_started }) =>
        log_dir !== undefined &&
        of !== recorded.pid &&
        pid_started >= recorded.pid_started &&
        dirname(targetOf(`/proc/${pid}/fd/1`)) === log_dir,
    ),
  ];
}

/** Processes started for the node since `since` (epoch seconds) that only their folder or output file reveals. */
export function strayProcesses(
  node: Pick<Node, "root_dir" | "log_dir">,
  owner: NodeOwner,
  since: number,
): readonly LivingProcess[] {
  const { root_dir, log_dir } = node;
  return processIds().flatMap((pid) => {
    if (pid === process.pid || !belongs(owner, ownerOf(pid))) return [];
    const [works_in, prints_to] = [targetOf(`/proc/${pid}/cwd`), dirname(targetOf(`/proc/${pid}/fd/1`))];
    if (works_in !== root_dir && prints_to !== log_dir) return [];
    const found = livingProcess(pid);
    const started = found && startedAt(found);
    return found !== undefined && (started ?? 0) >= since - TICK_S ? [found] : [];
  });
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}
