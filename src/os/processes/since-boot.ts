import { cLibrary } from "../c-library.ts";

/** CLOCK_BOOTTIME of Linux; CLOCK_MONOTONIC of macOS, which goes on during sleep as well. */
const CLOCK = process.platform === "darwin" ? 6 : 7;
const NANOSECONDS = 1e9;

let clock: (() => number) | undefined;

/**
 * Seconds since boot with fractions, sleep included; a wall clock that is set does not change them. clock_gettime(2) and
 * not /proc/uptime: in a container lxcfs shows that of the container, while start times of processes are the machine's.
 */
export function secondsSinceBoot(): number {
  clock ??= bootClock();
  return clock();
}

function bootClock(): () => number {
  try {
    const { clockGettime } = cLibrary();
    const time = new BigInt64Array(2);
    return () =>
      clockGettime(CLOCK, time) === 0 ? Number(time[0]) + Number(time[1]) / NANOSECONDS : wholeSeconds();
  } catch {
    return wholeSeconds;
  }
}

/** An import of node:os would cost each run a third of a millisecond. */
const wholeSeconds = (): number => process.getBuiltinModule("node:os").uptime();
