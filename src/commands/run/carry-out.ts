import { eventReadings } from "../../decide/events/circumstances.ts";
import type { ExecutionContext } from "../../execute/context.ts";
import { execute } from "../../execute/execute.ts";
import { teardown } from "../../execute/teardown.ts";
import { type Action, describe } from "../../model/action.ts";
import { folderLook } from "../../observe/node-folder.ts";
import type { View } from "../../observe/observe.ts";
import { shareOpens, shareTakesChanges } from "../../os/files/silent-folders.ts";
import { storageProblem } from "../../os/files/storage-marker.ts";
import type { Programs } from "../../software/programs.ts";
import type { Store } from "../../store/colony.ts";
import { askerOf } from "../asker.ts";
import type { Context } from "../context.ts";
import { givenUp } from "../observation-context.ts";
import { logBegin, logEnd } from "./log-actions.ts";
import type { WorkRequest } from "./plan.ts";
import { type Done, resultOf } from "./result.ts";

/** Executes the plan. `record` stores each action before it begins. */
export async function carryOut(
  context: Context,
  request: WorkRequest,
  plan: readonly Action[],
  view: View,
  store: Store,
  record: (what: string) => void,
): Promise<Done> {
  const { snapshot } = view;
  const { once } = context;
  const executionContext = executionContextOf(context, store, view, record);
  const gap = once.interval ?? once.this_action_delay ?? snapshot.config.action_delay;
  if (request.kind === "teardown") {
    const { outcomes, method } = await teardown(plan, executionContext, gap);
    return { outcomes, result: await resultOf(request, outcomes, snapshot, method) };
  }
  const [first, ...rest] = plan;
  const outcomes = first === undefined ? [] : await execute([first, ...rest], executionContext, gap);
  return { outcomes, result: await resultOf(request, outcomes, snapshot) };
}

function executionContextOf(
  context: Context,
  store: Store,
  view: View,
  record: (what: string) => void,
): ExecutionContext {
  const ids = new Map(store.storages().map(({ path, id }) => [path, id]));
  const { snapshot } = view;
  return {
    store,
    config: snapshot.config,
    metrics: snapshot.metrics,
    disks: snapshot.disks,
    upgrades: snapshot.upgrades,
    paths: context.options.paths,
    allowedFolders: { storages: view.storages, logs: context.options.paths.logs },
    disk: {
      storageProblem: (folder) => storageProblem(folder, ids),
      // A fresh check for each action, because the state of a storage may have changed since the last one.
      nodeFolder: (node) => folderLook()(node),
      takesChanges: unlessRefused(shareTakesChanges),
      opens: shareOpens,
    },
    givenUp: givenUp(context.once),
    binary: snapshot.binary,
    identify: (path) => {
      const found = view.programs.ofNode(path);
      saveLearned(store, view.programs);
      return found;
    },
    keptProgram: view.programs.ofKept,
    noteCopied: (binary, path) => {
      view.programs.copied(binary, path);
      saveLearned(store, view.programs);
    },
    manager: view.managerOf,
    now: context.world.clock.now,
    sleep: context.world.clock.sleep,
    random: context.world.random,
    warn: context.log.warn,
    goesOn: (line) => {
      record(line);
      context.log.info(line);
    },
    begins: (action) => {
      record(describe(action));
      logBegin(context, action);
    },
    ended: (outcome) => logEnd(context, outcome),
    cause: { readings: eventReadings(snapshot.metrics, snapshot.nodes), by: askerOf(context) },
    actions: [],
    recorded: new Set(),
    nodes: new Map(snapshot.nodes.map((node) => [node.id, node])),
    containers: new Map(snapshot.containers.map((container) => [container.id, container])),
  };
}

/** Remembers a share that timed out on a write, so this run does not wait for it again. */
function unlessRefused(takes: (folder: string) => Promise<boolean>): (folder: string) => Promise<boolean> {
  const refused = new Set<string>();
  return async (folder) => {
    if (refused.has(folder)) return false;
    const answer = await takes(folder);
    if (!answer) refused.add(folder);
    return answer;
  };
}

function saveLearned(store: Store, programs: Programs): void {
  const learned = programs.learned();
  if (learned.programs.length + learned.program_files.length > 0) store.save({ programs: learned });
}
