import { EXIT, WnmError } from "../../base/errors.ts";
import { describeFinding, type Finding } from "../../model/finding.ts";

const STILL_RUNNING = "wnm still running: ";

/** True for the reason "another run is active", in which case the colony is managed. */
export const isHeldReason = (reason: string): boolean => reason.startsWith(STILL_RUNNING);

/** Thrown when another run is active. */
export class LockHeld extends WnmError {
  /** Set when the other run has held the lock for too long. */
  readonly finding: Finding | undefined;

  constructor(holder: string, finding?: Finding) {
    const more = finding === undefined ? "" : `. ${describeFinding(finding)}`;
    super(`${STILL_RUNNING}${holder}${more}`, EXIT.locked);
    this.finding = finding;
  }
}
