import { statSync, utimesSync, writeFileSync } from "node:fs";
import { WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import type { Seconds } from "../model/node.ts";
import { workFolder, workPath } from "./work-folder.ts";

const DAY_SECONDS = 24 * 3600;
/** After a failure. */
const RETRY_SECONDS = 3600;

/** The file's time is when a release was last looked for; after a failure it is so old that an hour is left of the day. */
const markOf = (program: string): string => `${workPath(program)}/looked`;

/** Whether no release was looked for in the last day, or in the last hour if that failed. */
export function isDue(program: string, now: Seconds): boolean {
  const looked = statSync(markOf(program), { throwIfNoEntry: false })?.mtimeMs;
  if (looked === undefined) return true;
  const age = now - looked / 1000;
  return age < -1 || age >= DAY_SECONDS;
}

/**
 * Remembers that a release is looked for now, before it is: a call that fails or is killed is not repeated every minute.
 * Throws WnmError when it cannot be remembered; then nothing is to be looked for.
 */
export function rememberAttempt(program: string, now: Seconds): void {
  using work = workFolder(program);
  // Another call is at work, and remembers it.
  if (work === undefined) return;
  mark(program, now - DAY_SECONDS + RETRY_SECONDS);
}

/** Records today's look, so that the next one is tomorrow. Throws WnmError. */
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
