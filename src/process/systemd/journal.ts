import { WnmError } from "../../base/errors.ts";
import type { Run } from "../../os/command.ts";

const ASK_MS = 5_000;
/** More than a report with its backtrace. */
const LINES = 60;
/** A start that fails has printed its error within this time. */
const SECONDS = 60;

/** What the program of a unit printed in the last minute. */
export type Journal = (unit: string) => Promise<string>;

/**
 * Reads the journal with the rights of this account: root and the groups adm and systemd-journal see all of it, others
 * what was printed under their own account. "" where nothing can be read; journalctl(1). `of_unit`: --unit or --user-unit.
 */
export const journal =
  (run: Run, of_unit: "--unit" | "--user-unit"): Journal =>
  async (unit) => {
    const range = [`--since=-${SECONDS}s`, `--lines=${LINES}`, "--boot"];
    // systemd's own lines about the unit come from process 1 or from the user's manager.
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
