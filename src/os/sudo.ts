/** sudo(8)'s exit code when it refuses or cannot run a command; the command itself may return it too. */
export const SUDO_FAILED = 1;

/** Messages of sudo and sudo-rs, with LC_ALL=C, that the command was not run. */
const REFUSALS: readonly RegExp[] = [
  /^Sorry, user .* (?:is not allowed|may not run)/,
  / is not in the sudoers file/,
  / is not allowed to run sudo/,
  /^sudo(?:-rs)?: .*(?:password|authentication|terminal) is required/,
  /^sudo(?:-rs)?: .*(?:no tty present|must have a tty|no askpass|unable to allocate pty)/,
  /^sudo(?:-rs)?: .*(?:command not found|unable to execute|unknown (?:user|group|uid)|user .* not found)/i,
  /^sudo(?:-rs)?: .*(?:must be owned by|effective uid is not 0|no new privileges|setuid bit)/,
  /^sudo(?:-rs)?: .*(?:no valid sudoers|fatal error|unable to (?:initialize|load)|you do not exist)/,
  /^sudo(?:-rs)?: .*(?:account .*(?:expired|locked|validation)|PAM (?:account|authentication)|password expired)/i,
  /^sudo(?:-rs)?: .*(?:not permitted to|not allowed|afraid I can't)/,
];

/**
 * sudo's message if it refused; undefined otherwise, also for mere warnings, such as that it cannot resolve the host name
 * or write its log, after which it still runs the command. Pure.
 */
export const sudoRefusal = (stderr: string): string | undefined =>
  stderr
    .split("\n")
    .map((line) => line.trim())
    .find((line) => REFUSALS.some((refusal) => refusal.test(line)));
