/** How sudo(8) ends when it refuses or cannot run the command; a command may end so too. */
export const SUDO_FAILED = 1;

/** Lines by which sudo, and sudo-rs, say with LC_ALL=C that they have not run the command. */
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
 * The line by which sudo refused; undefined when it said nothing or only what it says besides, such as that it cannot
 * resolve the host's name or write its log, for which it runs the command all the same. Pure.
 */
export const sudoRefusal = (stderr: string): string | undefined =>
  stderr
    .split("\n")
    .map((line) => line.trim())
    .find((line) => REFUSALS.some((refusal) => refusal.test(line)));
