import { type ProcessIdentity, UNKNOWN_BOOT } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";
import { bootId } from "../../os/processes/boot.ts";
import { lookAt, identityOf as processIdentity } from "../../os/processes/identity.ts";
import { TICKS } from "../../os/processes/proc-table.ts";
import type { UnitState } from "./systemctl.ts";

/** The state of a node's process, from its unit's properties. */
export function stateOf(unit: UnitState): ProcessState {
  const process = identityOf(unit);
  if (process !== undefined) return { state: "running", process, ...restartsOf(unit) };
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

/** systemd counts from the last start by somebody else; before version 235 it tells no count. */
const restartsOf = ({ NRestarts }: UnitState) =>
  /^\d+$/.test(NRestarts) ? { supervisor_restarts: Number(NRestarts) } : {};

/**
 * The node's running process; undefined when there is none, or while it is being started or stopped. If /proc hides the
 * process, systemd's answer is used, because the kernel notifies systemd when it ends.
 */
export function identityOf(unit: UnitState): ProcessIdentity | undefined {
  if (unit.ActiveState !== "active" && unit.ActiveState !== "reloading") return undefined;
  const sight = lookAt(Number(unit.MainPID));
  if (sight.seen === "ended") return undefined;
  return sight.seen === "living" ? processIdentity(sight.process) : identityAsTold(unit);
}

const MICROSECONDS = 1_000_000;

/** The unit's process from systemd's properties alone; its start time is the unit's, in ticks since boot. */
const identityAsTold = ({ MainPID, ExecMainStartTimestampMonotonic }: UnitState): ProcessIdentity => ({
  pid: Number(MainPID),
  pid_started: Math.floor((Number(ExecMainStartTimestampMonotonic) * TICKS) / MICROSECONDS) || 0,
  boot_id: bootId() ?? UNKNOWN_BOOT,
});

/** True while systemd waits for RestartSec before restarting the process. */
export const isBetweenTries = (unit: UnitState): boolean => unit.SubState === "auto-restart";

/** True while the process has been asked to end but has not ended. */
export const isStopping = (unit: UnitState): boolean => unit.ActiveState === "deactivating";

/**
 * True when systemd's copy of the unit differs from the disk. NeedDaemonReload alone misses a unit that was deleted while
 * its node runs, and one that was invalid when systemd last read it.
 */
export const isOutOfDate = ({ NeedDaemonReload, LoadState }: UnitState): boolean =>
  NeedDaemonReload === "yes" || LoadState === "error" || LoadState === "bad-setting";

/** Exit codes for a program that systemd could not execute. See systemd.exec(5). */
const BEFORE_RUN: Readonly<Record<string, string>> = {
  "200": "its folder cannot be entered",
  "203": "its program cannot be run",
  "217": "its account does not exist, or user namespaces are forbidden",
  "226": "its mount namespace could not be set up",
};
const KILLED = "2";
const DUMPED = "3";

/** Why a unit is down, for messages; undefined when it was stopped or never ran. */
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
