import { withDeletions } from "../../decide/disk.ts";
import type { Action } from "../../model/action.ts";
import type { ColonyEvent } from "../../model/event.ts";
import { changedContainers } from "../../observe/changed-containers.ts";
import type { View } from "../../observe/observe.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import type { Changes } from "../../store/changes.ts";
import type { WorkRequest } from "./plan.ts";

/** What this run stores before it acts: its observations, the settings of this call (`changes`), and the events of both. */
export function changesToStore(
  request: WorkRequest,
  changes: Partial<MachineConfig>,
  { snapshot, changed, counters, programs, managerOf }: View,
  plan: readonly Action[],
  events: readonly ColonyEvent[],
): Changes {
  const { config, metrics, unreadable, containers, binary } = snapshot;
  const { history, disk_histories } = withDeletions(snapshot, plan);
  // On a board without a clock battery the boot time may be before 1970.
  const booted_at = Math.max(0, metrics.system_start ?? config.last_stopped_at);
  // The boot time is rounded to seconds, so a difference of one is not another boot and needs no write.
  const isOtherBoot =
    Math.abs(booted_at - config.last_stopped_at) > 1 || unreadable.settings.has("last_stopped_at");
  // A forced upgrade also tries a version that failed before.
  const triesAgain = request.kind === "force_action" && request.action === "upgrade";
  const goodVersion = triesAgain ? binary.version : undefined;
  return {
    settings: isOtherBoot ? { ...changes, last_stopped_at: booted_at } : changes,
    nodes: changed,
    containers: changedContainers(containers, managerOf(config.process_manager).containers),
    sample: counters,
    history,
    ...(disk_histories.size > 0 && { disk_histories }),
    programs: programs.learned(),
    ...(events.length > 0 && { events }),
    ...(goodVersion === undefined ? {} : { good_version: goodVersion }),
  };
}
