import type { ManagerKind, ProcessIdentity } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";
import { identityOf, livingProcess } from "../../os/processes/identity.ts";
import type { NodeSight } from "../../software/node-processes.ts";
import type { JobState, Launchctl } from "./launchctl.ts";
import type { Domain } from "./plist-file.ts";

/** How launchctl reports a clean end. */
const GOOD_END = "exit code 0";

/** A folder of property lists and the launchd that runs them, which is enough to find nodes. */
export type JobSource = {
  readonly kind: ManagerKind;
  /** The folder of the jobs' property lists. */
  readonly folder: string;
  /** Domains that may hold the jobs, the preferred one first. */
  readonly domains: readonly [Domain, ...Domain[]];
  readonly launchctl: Launchctl;
};

/** A loaded job and its domain. */
export type Loaded = { readonly domain: Domain; readonly job: JobState };

/** The loaded jobs of that label. */
export async function loadedJobs(
  { domains, launchctl }: Pick<JobSource, "domains" | "launchctl">,
  label: string,
): Promise<readonly Loaded[]> {
  const found: Loaded[] = [];
  for (const domain of domains) {
    const job = await launchctl.print(`${domain.name}/${label}`);
    if (job !== undefined) found.push({ domain, job });
  }
  return found;
}

/** The state of a node, from its jobs and its process. `defined`: whether it has a folder or a property list. */
export function stateOfJobs(jobs: readonly Loaded[], sight: NodeSight, defined: () => boolean): ProcessState {
  if (sight.seen === "living") return { state: "running", process: identityOf(sight.process) };
  for (const { job } of jobs) {
    const process = identityIn(job);
    if (process !== undefined) return { state: "running", process };
    if (job.pid !== undefined)
      return { state: "unknown", because: `launchd calls it ${job.state} as process ${job.pid}` };
    // With KeepAlive, launchd retries a loaded job forever. After a failure the node counts as stopped; after a clean
    // exit, as for a new version, it is about to run again.
    if (job.last_exit !== undefined && job.last_exit !== GOOD_END)
      return { state: "stopped", because: job.last_exit };
    return {
      state: "unknown",
      because: `launchd is about to start it again (${job.last_exit ?? job.state})`,
    };
  }
  if (sight.seen === "hidden") return { state: "unknown", because: sight.because, hidden: true };
  return { state: defined() ? "stopped" : "missing" };
}

/** The job's running process. */
export function identityIn(job: JobState): ProcessIdentity | undefined {
  const process = job.pid === undefined ? undefined : livingProcess(job.pid);
  return process && identityOf(process);
}
