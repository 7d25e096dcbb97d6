import { hasTerminal } from "./terminal.ts";

/** Between two lines. */
const EVERY_MS = 200;
const MIB = 1024 * 1024;

/** Shows on a terminal how far a download of `what` is, in one line that is written again; elsewhere it shows nothing. */
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
