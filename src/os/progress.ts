import { hasTerminal } from "./terminal.ts";

/** The interval between updates. */
const EVERY_MS = 200;
const MIB = 1024 * 1024;

/** Shows the progress of a download of `what` in one updated line at a terminal; nothing elsewhere. */
export function progressLine(
  what: string,
  write: (text: string) => void,
): (received: number, total: number) => void {
  if (!hasTerminal()) return () => undefined;
  let shown = Number.NEGATIVE_INFINITY;
  return (received, total) => {
    const now = performance.now();
    const isLast = received === total;
    if (!isLast && now - shown < EVERY_MS) return;
    shown = now;
    const of =
      total === 0 ? "" : ` of ${(total / MIB).toFixed(1)} MiB, ${Math.floor((100 * received) / total)} %`;
    write(`\r${what}: ${(received / MIB).toFixed(1)} MiB${of}\x1b[K${isLast ? "\n" : ""}`);
  };
}
