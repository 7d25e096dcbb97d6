import type { Call } from "./call.ts";
import { execute, type Outcome } from "./execute/execute.ts";
import { teardown } from "./execute/teardown.ts";
import type { Tools } from "./execute/tools.ts";
import type { Action } from "./model/action.ts";
import { nodeLabel } from "./model/node.ts";
import { resultOf, type Work } from "./plan.ts";
import type { Result } from "./report/outcome.ts";
import type { MachineConfig } from "./settings/machine.ts";
import { recordOfCopy } from "./software/binary.ts";
import type { Store } from "./store/store.ts";
import type { View } from "./view.ts";

/** Carries the plan out, on what the view shows, and words its result. */
export async function act(
  call: Call,
  request: Work,
  plan: readonly Action[],
  view: View,
  store: Store,
): Promise<{ outcomes: readonly Outcome[]; result: Result }> {
  const { snapshot } = view;
  const { once } = call;
  const tools = toolsOf(call, store, view);
  const gap_ms = once.interval ?? once.this_action_delay ?? snapshot.config.action_delay;
  const [first, ...rest] = plan;
  if (request.kind === "force" && request.action === "teardown") {
    const { outcomes, method } = await teardown(plan, tools, gap_ms);
    return { outcomes, result: resultOf(request, outcomes, snapshot, method) };
  }
  const outcomes = first === undefined ? [] : await execute([first, ...rest], tools, gap_ms);
  return { outcomes, result: resultOf(request, outcomes, snapshot) };
}

/** Says what a teardown has left. */
export function tellWhatRemains(call: Call, config: MachineConfig, store: Store): void {
  const left = store.nodes();
  const { paths } = call.options;
  const names = left.length === 0 ? "no node" : left.map(nodeLabel).join(", ");
  call.world.print(
    [
      `Left: ${names}; the settings in ${paths.database}; the folders ${config.node_storage} and ${paths.logs}.`,
      "The next run without --force_action adds nodes again: take wnm out of cron first, or delete the database.",
      "",
    ].join("\n"),
  );
}

function toolsOf(call: Call, store: Store, view: View): Tools {
  const { snapshot } = view;
  return {
    store,
    config: snapshot.config,
    metrics: snapshot.metrics,
    upgrades: snapshot.upgrades,
    paths: call.options.paths,
    grounds: { storages: view.storages, logs: call.options.paths.logs },
    binary: snapshot.binary,
    describe: async (path) => {
      const binary = await view.programs.describe(path);
      store.save({ binaries: view.programs.learned() });
      return binary;
    },
    copied: (binary, path) => {
      const record = recordOfCopy(binary, path);
      if (record !== undefined) store.save({ binaries: [record] });
    },
    manager: view.manager,
    now: call.world.clock.now,
    sleep: call.world.clock.sleep,
    random: call.world.random,
    log: call.log.info,
    nodes: new Map(snapshot.nodes.map((node) => [node.id, node])),
    containers: new Map(snapshot.containers.map((container) => [container.id, container])),
  };
}
