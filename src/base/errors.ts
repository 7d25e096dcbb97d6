/** Exit codes of wnm; the table in --help and README. */
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

/** A failure that can normally happen: one sentence that says what to do next, and an exit code. Never a stack trace. */
export class WnmError extends Error {
  readonly exit: ExitCode;

  constructor(message: string, exit: ExitCode = EXIT.failed) {
    super(message);
    this.name = new.target.name;
    this.exit = exit;
  }
}

/** Bad options: every issue of the call, one a line. */
export class UsageError extends WnmError {
  constructor(issues: readonly { readonly message: string }[]) {
    super([...new Set(issues.map((issue) => issue.message))].join("\n"), EXIT.usage);
  }
}

/** Another run is at work. */
export class LockHeld extends WnmError {
  constructor(holder: string) {
    super(`wnm still running: ${holder}`, EXIT.locked);
  }
}

/** There is no colony here yet. */
export class NotInitialised extends WnmError {
  constructor(database: string, nodes_remain: boolean) {
    super(
      nodes_remain
        ? `No database found at ${database}, yet there are nodes. Nothing is touched. Put a backup in its place, or take the nodes over:\n  wnm --init --import --rewards_address YOUR_ETH_ADDRESS`
        : `No database found at ${database}. Please initialize wnm first:\n  wnm --init --rewards_address YOUR_ETH_ADDRESS`,
      EXIT.not_initialised,
    );
  }
}

/** Going on could cost nodes their data, so nothing was done. */
export class Refused extends WnmError {
  constructor(message: string) {
    super(message, EXIT.refused);
  }
}

/** sudo does not allow what the colony's manager needs. */
export class NoRights extends WnmError {
  constructor(argv: readonly string[], stderr: string) {
    super(
      `sudo does not allow: ${argv.join(" ")} (${stderr.trim().split("\n")[0]}). wnm --print_sudoers prints the rules it needs; or run wnm as root`,
    );
  }
}

/** A child process failed, or did not end within its deadline. */
export class CommandFailed extends WnmError {
  readonly code: number | null;
  readonly stderr: string;

  constructor(argv: readonly string[], code: number | null, stderr: string) {
    const said = stderr.trim().split("\n").slice(-3).join(" / ");
    const how = code === null ? "did not end in time" : `ended with code ${code}`;
    super(`${argv.join(" ")} ${how}${said === "" ? "" : `: ${said}`}`);
    this.code = code;
    this.stderr = stderr;
  }
}
