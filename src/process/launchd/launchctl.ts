import { WnmError } from "../../base/errors.ts";
import type { Run } from "../../os/command.ts";
import { runAs } from "../../os/elevation.ts";

/** A loaded job as launchd describes it. */
export type JobState = {
  /** "running", "not running", "waiting", "spawn scheduled", "SIGTERMed" and the like. */
  readonly state: string;
  readonly pid: number | undefined;
  /** How its process last ended; undefined if it never has. */
  readonly last_exit: string | undefined;
};

/** launchctl(1) of one account. A target is DOMAIN/LABEL. */
export interface Launchctl {
  /** The loaded job; undefined when there is no such job or no such domain. */
  print(target: string): Promise<JobState | undefined>;
  hasDomain(domain: string): Promise<boolean>;
  /** Loads a job. False while launchd is still unloading one of that name, or when it is already loaded. */
  bootstrap(domain: string, plist: string): Promise<boolean>;
  /** Unloads a job, which ends its process after a while; a job that is not loaded is no error. */
  bootout(target: string): Promise<void>;
  kickstart(target: string): Promise<void>;
  enable(target: string): Promise<void>;
  disable(target: string): Promise<void>;
}

/** Exit codes of launchctl: an errno, or launchd's own code from 107 on. */
const CODE = {
  no_such_process: 3,
  io_error: 5,
  already: 37,
  in_progress: 36,
  no_domain: 112,
  no_service: 113,
  unsupported_domain: 125,
} as const;
const ABSENT: readonly number[] = [CODE.no_domain, CODE.no_service, CODE.unsupported_domain];

/** Calls launchctl. `asRoot`: prefix of each command. */
export function launchctl(run: Run, asRoot: readonly string[]): Launchctl {
  const call = (words: readonly string[], accept: readonly number[] = []) =>
    runAs(run, asRoot, ["launchctl", ...words], { accept });
  return {
    async print(target) {
      const { code, stdout } = await call(["print", target], ABSENT);
      if (code !== 0) return undefined;
      const job = jobIn(stdout);
      if (job === undefined)
        throw new WnmError(`launchctl print ${target} printed nothing that wnm understands`);
      return job;
    },
    async hasDomain(domain) {
      return (await call(["print", domain], ABSENT)).code === 0;
    },
    async bootstrap(domain, plist) {
      const { code } = await call(
        ["bootstrap", domain, plist],
        [CODE.io_error, CODE.already, CODE.in_progress],
      );
      return code === 0;
    },
    async bootout(target) {
      await call(["bootout", target], [CODE.no_such_process, CODE.in_progress, ...ABSENT]);
    },
    async kickstart(target) {
      await call(["kickstart", target], [CODE.already]);
    },
    async enable(target) {
      await call(["enable", target]);
    },
    async disable(target) {
      await call(["disable", target]);
    },
  };
}

/**
 * Parses the output of `launchctl print DOMAIN/LABEL`. Only fields one level deep are the job's; nested endpoints have
 * their own states. The format is meant for people, so only fields common to macOS 10.10 to 15 are read. Pure.
 */
export function jobIn(text: string): JobState | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^(?:\\t| {1,8})${name} = (.*?)\\s*$`, "m").exec(text)?.[1];
  const state = field("state");
  if (state === undefined) return undefined;
  const pid = Number(field("pid") ?? Number.NaN);
  const code = field("last exit code");
  const signal = field("last terminating signal");
  return {
    state,
    pid: Number.isSafeInteger(pid) && pid > 0 ? pid : undefined,
    last_exit:
      signal !== undefined
        ? `signal ${signal}`
        : code === undefined || code.startsWith("(")
          ? undefined
          : `exit code ${code}`,
  };
}
