import type { Node } from "../model/node.ts";
import { observe } from "../observe/observe.ts";
import { withinReach } from "../observe/reach.ts";
import { lookingTime } from "../os/lock/record.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { openStore, type Store } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { eventsOfCall } from "./events-of-call.ts";
import { lockOf } from "./lock-colony.ts";
import { logCall } from "./log-call.ts";
import { logFindings } from "./log-findings.ts";
import { observationContext, surveyDelay } from "./observation-context.ts";
import { refuseUnconfirmed } from "./run/confirm-replacement.ts";
import { costsOfCall } from "./run/cost.ts";
import { settingsOf } from "./settings-of.ts";

/** A surveyed colony. Holds the lock and the open database until disposed. */
export type Surveyed = Disposable & {
  readonly store: Store;
  readonly config: MachineConfig;
  readonly nodes: readonly Node[];
};

/** Surveys the nodes as a run does, and stores the result. Throws LockHeld while a run is active. */
export async function surveyColony(context: Context): Promise<Surveyed> {
  const { log, once } = context;
  using held = new DisposableStack();
  const lock = lockOf(context, lookingTime());
  if (lock !== undefined) held.use(lock);
  const store = held.use(openStore(context.options.paths.database));
  const { config, changes } = settingsOf(context, store);
  const nodes = store.nodes();
  const delay = surveyDelay(once, config);
  if (delay > 0) lock?.looks(lookingTime(nodes.length, delay));
  const reach = await withinReach(observationContext(context, store, config), nodes);
  const view = await observe(reach);
  refuseUnconfirmed(changes, view.snapshot, once.confirm === true);
  const stored = store.machine();
  const costs = costsOfCall(context, undefined, [], changes, stored, view.snapshot);
  const learned = view.programs.learned();
  const events = eventsOfCall(context, stored, changes, view);
  store.save({
    ...{ settings: changes, nodes: view.changed, sample: view.counters, programs: learned },
    ...(events.length > 0 && { events }),
  });
  logCall(context, stored, changes, costs);
  for (const line of view.warnings) log.warn(line);
  logFindings(log, view.findings);
  const seen = new Map(view.snapshot.nodes.map((node) => [node.id, node]));
  const kept = held.move();
  return {
    ...{ store, config, nodes: nodes.map((node) => seen.get(node.id) ?? node) },
    [Symbol.dispose]: () => kept.dispose(),
  };
}
