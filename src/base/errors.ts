/** Exit codes of wnm; wnm --help exit_codes says what each means. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  actions_failed: 3,
  not_initialised: 4,
  refused: 5,
  locked: 75,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An expected failure, with a sentence that says what to do and an exit code. Shown without a stack trace. */
export class WnmError extends Error {
  readonly exit: ExitCode;

  constructor(message: string, exit: ExitCode = EXIT.failed) {
    super(message);
    this.name = new.target.name;
    this.exit = exit;
  }
}

/** Invalid options: every issue of the call, one per line. */
export class UsageError extends WnmError {
  /** True when an issue comes from the command line, so that other calls may be fine. */
  readonly is_typed: boolean;

  constructor(issues: readonly { readonly message: string }[]) {
    super([...new Set(issues.map((issue) => issue.message))].join("\n"), EXIT.usage);
    this.is_typed = issues.some(({ message }) => message.includes("(command line)"));
  }
}

/** There is no colony here yet. */
export class NotInitialised extends WnmError {
  readonly nodes_remain: boolean;

  constructor(database: string, nodes_remain: boolean) {
    super(
      nodes_remain
        ? `No database found at ${database}, yet there are nodes. Nothing is touched. Put a backup in its place, or take the nodes over:\n  wnm --init --import --rewards_address YOUR_ETH_ADDRESS`
        : `No database found at ${database}. Please initialize wnm first:\n  wnm --init --rewards_address YOUR_ETH_ADDRESS`,
      EXIT.not_initialised,
    );
    this.nodes_remain = nodes_remain;
  }
}

/** Nothing was done, because continuing could cost nodes their data. */
export class Refused extends WnmError {
  /** The command that fixes the reason, if there is one. */
  readonly cure: string | undefined;

  constructor(message: string, cure?: string) {
    super(message, EXIT.refused);
    this.cure = cure;
  }
}

/** A costly command was not confirmed; the colony is fine. */
export class Unconfirmed extends Refused {}

/** It is unknown whether something exists (failing disk, lost share, no permission), so it was left alone. */
export class CannotTell extends WnmError {
  constructor(path: string, because: string) {
    super(`It is unknown whether ${path} exists (${because}), so nothing is done with it`);
  }
}

/** Not done for lack of permission. */
export class Denied extends WnmError {}

/** The system refused to delete a folder, which is still complete. */
export class DeletionRefused extends WnmError {}

/** The node's process may be hidden, so the node was left alone: an unknown node is neither started nor deleted. */
export class ProcessUnknown extends Denied {
  constructor(node: string, because: string) {
    super(
      `It is unknown whether ${node} runs, so nothing was done to it: ${because}. Run wnm as root, or let it see all processes (hidepid=0, or gid= of one of its groups, for /proc)`,
    );
  }
}

/** sudo does not allow a command that the process manager needs. */
export class NoRights extends Denied {
  constructor(argv: readonly string[], stderr: string) {
    super(
      `sudo does not allow: ${argv.join(" ")} (${stderr.trim().split("\n")[0]}). wnm --print_sudoers prints the rules it needs; or run wnm as root`,
    );
  }
}

/** The node is still ending, within its stop_grace, so nothing else was done to it. */
export class StillStopping extends WnmError {}

/** A node's program exited right after its start: the only start failure that is the program's fault. */
export class EndedAtOnce extends WnmError {}

/** A child process failed or timed out. */
export class CommandFailed extends WnmError {
  /** null: it was ended by a signal, on its timeout or otherwise. */
  readonly code: number | null;
  readonly is_late: boolean;
  readonly stderr: string;

  constructor(argv: readonly string[], code: number | null, stderr: string, how?: string) {
    const said = stderr.trim().split("\n").slice(-3).join(" / ");
    const ended = code === null ? "did not end in time" : `ended with code ${code}`;
    super(`${argv.join(" ")} ${how ?? ended}${said === "" ? "" : `: ${said}`}`);
    this.code = code;
    this.is_late = code === null && how === undefined;
    this.stderr = stderr;
  }
}

/** Runs a step and returns a WnmError as a value; other errors propagate. */
export async function failureOf<T>(step: () => Promise<T>): Promise<T | WnmError> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof WnmError) return error;
    throw error;
  }
}

/** The system's or SQLite's error code, such as "ENOENT"; undefined without one. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
