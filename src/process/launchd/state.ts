import type { ManagerKind, ProcessIdentity } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import { identityOf, livingProcess } from "../os/process-id.ts";
import type { JobState, Launchctl } from "./launchctl.ts";
import type { Domain } from "./launchd-job.ts";

/** How launchctl tells that a job ended as it should. */
const GOOD_END = "exit code 0";

/** Where jobs are, and who tells of them: enough to find nodes. */
export type LaunchdPlace = {
  readonly kind: ManagerKind;
  /** Folder of the jobs' property lists. */
  readonly folder: string;
  /** Where jobs may live, the best first. */
  readonly domains: readonly [Domain, ...Domain[]];
  readonly launchctl: Launchctl;
};

/** A job, and where launchd has it. */
export type Loaded = { readonly domain: Domain; readonly job: JobState };

/** The jobs of that label that launchd has. */
export async function loadedJobs(
  { domains, launchctl }: Pick<LaunchdPlace, "domains" | "launchctl">,
  label: string,
): Promise<readonly Loaded[]> {
  const found: Loaded[] = [];
  for (const domain of domains) {
    const job = await launchctl.print(`${domain.name}/${label}`);
    if (job !== undefined) found.push({ domain, job });
  }
  return found;
}

/** The state of a node of which no process was seen. `seeing`: processes can be listed. `defined`: it has a folder or a property list. */
export function stateOfJobs(jobs: readonly Loaded[], seeing: boolean, defined: boolean): ProcessState {
  for (const { job } of jobs) {
    const process = identityIn(job);
    if (process !== undefined) return { state: "running", process };
    if (job.pid !== undefined)
      return { state: "unknown", because: `launchd calls it ${job.state} as process ${job.pid}` };
    // KeepAlive: a loaded job that is down is between two tries, and launchd never gives up. One that ended well, as for
    // a new version, is as good as running; one that fails again and again is down, whatever launchd still means to do.
    if (job.last_exit !== undefined && job.last_exit !== GOOD_END)
      return { state: "stopped", because: job.last_exit };
    return {
      state: "unknown",
      because: `launchd is about to start it again (${job.last_exit ?? job.state})`,
    };
  }
  if (!seeing) return { state: "unknown", because: "processes cannot be listed" };
  return { state: defined ? "stopped" : "missing" };
}

/** The job's living process. */
export function identityIn(job: JobState): ProcessIdentity | undefined {
  const process = job.pid === undefined ? undefined : livingProcess(job.pid);
  return process && identityOf(process);
}
