import { WnmError } from "../../base/errors.ts";
import type { Run } from "../../os/command.ts";

const ASK_MS = 5_000;
/** Lines to read: enough for an error report with its backtrace. */
const LINES = 60;
/** Age of lines to read: a failed start has printed its error within this time. */
const SECONDS = 60;

/** Returns what the program of a unit printed in the last minute. */
export type Journal = (unit: string) => Promise<string>;

/**
 * Reads the journal as this account. Root and the groups adm and systemd-journal see everything, others only their own
 * messages. "" when nothing can be read. See journalctl(1). `of_unit`: --unit or --user-unit.
 */
export const journal =
  (run: Run, of_unit: "--unit" | "--user-unit"): Journal =>
  async (unit) => {
    const range = [`--since=-${SECONDS}s`, `--lines=${LINES}`, "--boot"];
    // Lines from systemd itself, which come from pid 1 or the user manager, are filtered out.
    const argv = [
      "journalctl",
      "--quiet",
      "--no-pager",
      "--output=cat",
      ...range,
      `${of_unit}=${unit}`,
    ] as const;
    try {
      return (await run([...argv, "_TRANSPORT=stdout"], { deadline_ms: ASK_MS })).stdout;
    } catch (error) {
      if (error instanceof WnmError) return "";
      throw error;
    }
  };
