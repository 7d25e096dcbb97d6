import { EXIT, WnmError } from "../../base/errors.ts";
import { describeFinding, type Finding } from "../../model/finding.ts";

const STILL_RUNNING = "wnm still running: ";

/** True for the reason of a run that found another one at work: the colony is looked after. */
export const isHeldReason = (reason: string): boolean => reason.startsWith(STILL_RUNNING);

/** Another run is at work. */
export class LockHeld extends WnmError {
  /** What the operator has to mend; undefined while the other run has not taken too long. */
  readonly finding: Finding | undefined;

  constructor(holder: string, finding?: Finding) {
    const more = finding === undefined ? "" : `. ${describeFinding(finding)}`;
    super(`${STILL_RUNNING}${holder}${more}`, EXIT.locked);
    this.finding = finding;
  }
}
