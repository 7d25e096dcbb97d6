import { outputNow } from "../command.ts";
import { thisBoot } from "./boot.ts";
import { ENDED, existence, type ProcessTable } from "./process-table.ts";
import { type ListedProcess, PS, processesIn } from "./ps.ts";

/** How long a listing is reused, because each costs a child process. */
const FRESH_MS = 50;
let listed: { readonly at: number; readonly processes: readonly ListedProcess[] | undefined } | undefined;

function psList(): readonly ListedProcess[] | undefined {
  if (listed === undefined || performance.now() - listed.at > FRESH_MS) {
    const text = outputNow(["ps", ...PS]);
    listed = { at: performance.now(), processes: text === undefined ? undefined : processesIn(text) };
  }
  return listed.processes;
}

const onPsList = (pid: number): ListedProcess | undefined => psList()?.find((process) => process.pid === pid);

/** macOS: uses ps(1), which shows all accounts' processes, since there is no /proc. Start times are epoch seconds. */
export const PS_TABLE: ProcessTable = {
  look(pid) {
    const list = psList();
    const found = list?.find((process) => process.pid === pid);
    if (found !== undefined) {
      const { group, started } = found;
      return { seen: "living", process: { pid, group, pid_started: started, boot_id: thisBoot() } };
    }
    // Zombies are filtered out of the list, but kill(2) still finds them.
    return list !== undefined && list.length > 0 ? ENDED : existence(pid);
  },
  pids: () => (psList() ?? []).map(({ pid }) => pid),
  list() {
    const processes = psList();
    return processes === undefined || processes.length === 0 ? undefined : { processes, unreadable: [] };
  },
  argv: (pid) => onPsList(pid)?.argv,
  owner: (pid) => onPsList(pid)?.uid,
  startedAt: ({ pid_started }) => pid_started,
  showsOthers: () => true,
};
