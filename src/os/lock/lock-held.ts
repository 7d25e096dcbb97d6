import { EXIT, WnmError } from "../../base/errors.ts";
import { describeFinding, type Finding } from "../../model/finding.ts";

/** Another run is at work. */
export class LockHeld extends WnmError {
  /** What the operator has to mend; undefined while the other run has not taken too long. */
  readonly finding: Finding | undefined;

  constructor(holder: string, finding?: Finding) {
    const more = finding === undefined ? "" : `. ${describeFinding(finding)}`;
    super(`wnm still running: ${holder}${more}`, EXIT.locked);
    this.finding = finding;
  }
}
