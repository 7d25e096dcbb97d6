import { nodeLabel } from "../../model/node.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import type { Store } from "../../store/colony.ts";
import type { Context } from "../context.ts";

/** Prints what a teardown left behind. */
export function announceLeftovers(context: Context, config: MachineConfig, store: Store): void {
  const left = store.nodes();
  const { paths } = context.options;
  const lost = store.unreadable().nodes.flatMap(({ id }) => (id === undefined ? [] : { id }));
  const names = left.length + lost.length === 0 ? "no node" : [...left, ...lost].map(nodeLabel).join(", ");
  context.world.print(
    [
      `Left: ${names}; the settings in ${paths.database}; the folders ${config.node_storage.join(", ")} and ${paths.logs}.`,
      "The next run without --force_action adds nodes again: take wnm out of cron first, or delete the database.",
      "",
    ].join("\n"),
  );
}
