import { actionTypesThat } from "../model/action-types.ts";
import type { NodeId } from "../model/node.ts";
import type { ObservationContext } from "../observe/context.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { RunOptions } from "../settings/run-options.ts";
import type { Store } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { unreadableIn } from "./settings-of.ts";

/** What observing the machine and its nodes needs from this call. */
export const observationContext = (
  context: Context,
  store: Store,
  config: MachineConfig,
): ObservationContext => {
  const { once, options, world, lap } = context;
  return {
    store,
    config,
    unreadable: unreadableIn(context, store),
    paths: options.paths,
    world,
    lap,
    warn: context.log.warn,
    surveyDelay: surveyDelay(once, config),
    upgradesAllowed: once.enable_upgrade === true,
    addForced: once.force_action === "add",
    givenUp: givenUp(once),
    rustBacktrace: once.rust_backtrace,
  };
};

/** The pause in milliseconds between querying one node and the next in this call. */
export const surveyDelay = (once: RunOptions, config: MachineConfig): number =>
  once.this_survey_delay ?? config.survey_delay;

/** Nodes that this call names and confirms as lost; nodes selected by --count never count. */
export function givenUp(once: RunOptions): ReadonlySet<NodeId> {
  const named = once.confirm === true && takesAsFound(once.force_action) ? once.service_name : undefined;
  return new Set((named ?? []).filter((name) => typeof name === "number") as NodeId[]);
}

const takesAsFound = (action: RunOptions["force_action"]): boolean =>
  actionTypesThat(({ forced }) => forced?.takes_as_found === true).some((type) => type === action);
