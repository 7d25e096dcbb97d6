import { CommandFailed, WnmError } from "../../base/errors.ts";
import type { Run } from "../../os/command.ts";
import { failureIn } from "./output.ts";

/** How to call antctl. */
export type AntctlProgram = {
  readonly run: Run;
  /** A prefix that changes the account, the program, and its global flags. */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** True while an antctl runs that this run did not start. */
  readonly isBusy: () => boolean;
  readonly sleep: (ms: number) => Promise<void>;
};

/** Runs antctl once and returns what it printed. Throws WnmError with antctl's own words when it fails. */
export type Antctl = (args: readonly string[]) => Promise<string>;

/** How long to wait for another antctl to end. */
const OTHER_MS = 20_000;
const POLL_MS = 200;

/** A start waits for the node, and add and upgrade may download a program. */
const DEADLINE_MS = 300_000;

/**
 * antctl rewrites its registry in place without a lock, so two at once lose nodes. Calls are therefore serialised, and
 * wait for an antctl left by a killed run or started by the operator. After a timeout no further call is made, because
 * the timed-out child may still be running. Throws WnmError when another antctl does not end.
 */
export function antctlCommand({ run, command, env, isBusy, sleep }: AntctlProgram): Antctl {
  let last: Promise<unknown> = Promise.resolve();
  let stuck: string | undefined;

  const call = async (args: readonly string[]): Promise<string> => {
    const verb = `antctl ${args.find((word) => !word.startsWith("-")) ?? ""}`;
    if (stuck !== undefined) {
      throw new WnmError(
        `antctl is not called again in this run: ${stuck} did not end and may still be running`,
      );
    }
    for (let waited = 0; isBusy(); waited += POLL_MS) {
      if (waited >= OTHER_MS) {
        throw new WnmError(
          `another antctl has been running for ${OTHER_MS / 1000} s, and two at once would lose services: ${verb} is left to a later run`,
        );
      }
      await sleep(POLL_MS);
    }
    try {
      const { code, stdout, stderr } = await run([...command, ...args], {
        deadline_ms: DEADLINE_MS,
        env,
        accept: [1, 2, 101],
      });
      if (code !== 0) throw new WnmError(`${verb} failed: ${failureIn(stdout, stderr)}`);
      return stdout;
    } catch (error) {
      if (error instanceof CommandFailed && error.code === null) stuck = verb;
      throw error;
    }
  };
  return (args) => {
    const result = last.then(() => call(args));
    last = result.catch(() => undefined);
    return result;
  };
}
