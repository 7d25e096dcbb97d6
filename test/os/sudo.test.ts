import { expect, test } from "bun:test";
import { sudoRefusal } from "../../src/os/sudo.ts";

test.each([
  "sudo: a password is required",
  "sudo: interactive authentication is required",
  "sudo: a terminal is required to read the password; either use the -S option to read from standard input",
  "sudo: no tty present and no askpass program specified",
  "sudo: sorry, you must have a tty to run sudo",
  "Sorry, user op is not allowed to execute '/usr/bin/kill -s TERM -- -4000' as root on pi.",
  "op is not in the sudoers file.",
  "Sorry, user op may not run sudo on pi.",
  "sudo: unknown user ant",
  "sudo: ufw: command not found",
  "sudo: unable to execute /usr/bin/env: Permission denied",
  'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.',
  "sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set",
  "sudo: no valid sudoers sources found, quitting",
  "sudo: account validation failure, is your account locked?",
  "sudo: PAM account management error: Authentication service cannot retrieve authentication info",
  "sudo: unable to allocate pty: No such device",
  "sudo: I'm sorry op. I'm afraid I can't do that",
])("%p is a refusal, whatever sudo prints before it", (line) => {
  expect(sudoRefusal(`${line}\n`)).toBe(line);
  expect(sudoRefusal(`sudo: unable to resolve host pi: Name or service not known\n${line}\n`)).toBe(line);
});

test.each([
  "",
  "sudo: unable to resolve host pi: Temporary failure in name resolution",
  "sudo: unable to send audit message: Operation not permitted",
  "sudo: unable to open log file: /var/log/sudo.log: Read-only file system",
  "sudo: unable to stat /var/lib/sudo/ts/op: Permission denied",
  "sudo: unable to mkdir /run/sudo/ts: Read-only file system",
  "sudo: setrlimit(RLIMIT_CORE): Operation not permitted",
  "sudo: /etc/sudoers.d/old is mode 0644, should be 0440",
  "sudo: pam_open_session: System error",
  "\nWe trust you have received the usual lecture from the local System\nAdministrator. It usually boils down to these three things:",
  "Failed to reset failed state of unit antnode0001.service: Unit antnode0001.service not loaded.",
  "kill: sending signal to -4000 failed: No such process",
])("%p is not a refusal: sudo has run the command", (words) => {
  expect(sudoRefusal(words)).toBeUndefined();
});
