import { listProcesses, ownerOf } from "../processes/identity.ts";

/**
 * The start time, in ISO 8601, of the Python wnm that wrote this lock file; undefined for other files. Python wnm takes no
 * lock: it writes the epoch time into the file, and deletes it at the end. Pure.
 */
export function pythonLockedAt(content: string): string | undefined {
  const seconds = /^(\d{9,12})(?:\.\d+)?\s*$/.exec(content)?.[1];
  return seconds && new Date(Number(seconds) * 1000).toISOString();
}

/** The pid of a running Python wnm of this account; without one, its file is left from a crash. */
export const pythonHolder = (uid: number): number | undefined =>
  listProcesses()?.find(({ pid, argv }) => runsPythonWnm(argv) && (ownerOf(pid) ?? uid) === uid)?.pid;

/** True for the command line of a Python wnm. On macOS the interpreter is called Python. Pure. */
export function runsPythonWnm([program = "", ...words]: readonly string[]): boolean {
  if (!/(^|\/)python[\d.]*$/i.test(program)) return false;
  const script = words.find((word, i) => !word.startsWith("-") || words[i - 1] === "-m");
  return /(^|\/)wnm(\/__main__\.py)?$/.test(script ?? "");
}
