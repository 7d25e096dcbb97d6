import { cLibrary } from "../c-library.ts";

/** CLOCK_BOOTTIME of Linux; CLOCK_MONOTONIC of macOS, which goes on during sleep as well. */
const CLOCK = process.platform === "darwin" ? 6 : 7;
const NANOSECONDS = 1e9;

let clock: (() => number) | undefined;

/**
 * Seconds since boot with fractions, including sleep and independent of the wall clock. Uses clock_gettime(2) rather than
 * /proc/uptime, which in an LXC container is the container's, whereas process start times are the machine's.
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

/** Whole seconds. Not an import of node:os, which would cost each run a third of a millisecond. */
const wholeSeconds = (): number => process.getBuiltinModule("node:os").uptime();
