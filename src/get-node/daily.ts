import { statSync, utimesSync, writeFileSync } from "node:fs";
import { WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import type { Seconds } from "../model/node.ts";
import { workFolder, workPath } from "./work-folder.ts";

const DAY_SECONDS = 24 * 3600;
/** The interval after a failure. */
const RETRY_SECONDS = 3600;

/** A file whose mtime is the last check; after a failure it is backdated, so that the next check is due in an hour. */
const markOf = (program: string): string => `${workPath(program)}/looked`;

/** True when the last check was over a day ago, or over an hour ago if it failed. */
export function isDue(program: string, now: Seconds): boolean {
  const looked = statSync(markOf(program), { throwIfNoEntry: false })?.mtimeMs;
  if (looked === undefined) return true;
  const age = now - looked / 1000;
  return age < -1 || age >= DAY_SECONDS;
}

/**
 * Records the check before it begins, so that a failed or killed call is not repeated every minute. Throws WnmError when
 * that fails; then do not check.
 */
export function rememberAttempt(program: string, now: Seconds): void {
  using work = workFolder(program);
  // Another call is active and has recorded it.
  if (work === undefined) return;
  mark(program, now - DAY_SECONDS + RETRY_SECONDS);
}

/** Records a successful check, so that the next one is due in a day. Throws WnmError. */
export const rememberSuccess = (program: string, now: Seconds): void => mark(program, now);

function mark(program: string, at: Seconds): void {
  const path = markOf(program);
  try {
    writeFileSync(path, "", { mode: 0o600 });
    utimesSync(path, at, at);
  } catch (error) {
    throw new WnmError(`${path} cannot be written: ${messageOf(error)}`);
  }
}
