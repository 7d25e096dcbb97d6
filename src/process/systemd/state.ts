import type { ProcessIdentity } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import { livingProcess } from "../os/process-id.ts";
import type { UnitState } from "./systemctl.ts";

/** What systemd's words on a unit mean for the node's process. */
export function stateOf(unit: UnitState): ProcessState {
  const process = identityOf(unit);
  if (process !== undefined) return { state: "running", process };
  if (isBetweenTries(unit))
    return { state: "unknown", because: "systemd is about to start it again after it ended" };
  switch (unit.ActiveState) {
    case "inactive":
    case "failed":
      return unit.LoadState === "not-found"
        ? { state: "missing" }
        : { state: "stopped", because: whyDown(unit) };
    default:
      return { state: "unknown", because: `systemd calls it ${unit.ActiveState} (${unit.SubState})` };
  }
}

/** The node's living process; undefined while there is none, or only one that is being started or stopped. */
export function identityOf(unit: UnitState): ProcessIdentity | undefined {
  if (unit.ActiveState !== "active" && unit.ActiveState !== "reloading") return undefined;
  const process = livingProcess(Number(unit.MainPID));
  return process && { pid: process.pid, pid_started: process.pid_started, boot_id: process.boot_id };
}

/** It ended, and systemd waits for RestartSec before it starts it again. */
export const isBetweenTries = (unit: UnitState): boolean => unit.SubState === "auto-restart";

/**
 * systemd has another unit in mind than the one on the disk. It does not say so itself of one whose file was deleted
 * under a running node, or was nonsense when it last looked.
 */
export const isOutOfDate = ({ NeedDaemonReload, LoadState }: UnitState): boolean =>
  NeedDaemonReload === "yes" || LoadState === "error" || LoadState === "bad-setting";

/** Exit codes by which systemd tells that it could not even run the program. systemd.exec(5). */
const BEFORE_RUN: Readonly<Record<string, string>> = {
  "200": "its folder cannot be entered",
  "203": "its program cannot be run",
  "217": "its account does not exist, or user namespaces are forbidden",
  "226": "its protected view of the disk could not be made",
};
const KILLED = "2";
const DUMPED = "3";

/** Why a unit is down, for people; undefined when it was stopped, or never ran. */
export function whyDown(unit: UnitState): string | undefined {
  if (unit.LoadState === "masked") return "its unit is masked; see systemctl unmask";
  if (unit.LoadState === "bad-setting" || unit.LoadState === "error")
    return `systemd cannot read its unit (${unit.LoadState})`;
  const { Result, ExecMainCode, ExecMainStatus } = unit;
  const ending =
    ExecMainCode === KILLED || ExecMainCode === DUMPED
      ? `signal ${ExecMainStatus}`
      : `exit code ${ExecMainStatus}`;
  switch (Result) {
    case "":
    case "success":
      return isBetweenTries(unit) ? ending : undefined;
    case "exit-code":
    case "signal":
    case "core-dump":
      return [ending, BEFORE_RUN[ExecMainStatus] ?? []].flat().join(", ");
    case "start-limit-hit":
      return `it ended again and again, so systemd gave up (last: ${ending})`;
    default:
      return `systemd calls it ${Result} (${ending})`;
  }
}
