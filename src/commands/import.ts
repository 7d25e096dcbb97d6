import { dirname } from "node:path";
import { EXIT, type ExitCode, Refused } from "../base/errors.ts";
import { adoptLater, type Joining } from "../import/adopt-later.ts";
import { adoptedNodes } from "../import/adopted-nodes.ts";
import { circumstancesOf } from "../import/circumstances.ts";
import { findNodes } from "../import/find-nodes.ts";
import { importJson, joinText } from "../import/import-report.ts";
import type { ColonyEvent } from "../model/event.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { identify } from "../observe/storages.ts";
import { expandHome } from "../os/paths.ts";
import { managerFor } from "../process/managers.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { openStore, openStoreToRead, type Store } from "../store/colony.ts";
import { askerOf } from "./asker.ts";
import type { Context } from "./context.ts";
import { lockOf } from "./lock-colony.ts";
import type { RequestOf } from "./request.ts";
import { settingsOf } from "./settings-of.ts";

type ImportRequest = RequestOf<"import">;

/** Imports unmanaged nodes into this colony without touching them. A dry run only lists them. Throws Refused. */
export async function importNodes(context: Context, request: ImportRequest): Promise<ExitCode> {
  const { options, once, world } = context;
  const { database } = options.paths;
  using _lock = request.dry_run ? undefined : lockOf(context);
  using store = request.dry_run ? openStoreToRead(database) : openStore(database);
  const { config } = settingsOf(context, store);
  refuseUnready(store, config);
  const before = store.nodes();
  const joining = await joiningNodes(context, request, config, store);
  refuseProblems(joining, before.length, config);
  const nodes = await adoptedNodes(joining.nodes, config, world);
  if (!request.dry_run && nodes.length > 0) await take(context, store, config, joining, nodes);
  const more = { already: joining.already, dry_run: request.dry_run };
  world.print(
    once.json === true
      ? importJson(joining, nodes, database, more)
      : joinText(joining, nodes, before.length, request.dry_run),
  );
  return EXIT.done;
}

/** Throws Refused when a found node could already belong to the colony, or would be replaced at once. */
function refuseUnready(store: Store, config: MachineConfig): void {
  const { nodes, settings } = store.unreadable();
  const [lost] = nodes;
  if (lost !== undefined)
    throw new Refused(
      `Nothing was imported: the row of ${lost.id === undefined ? "a node" : nodeLabel({ id: lost.id })} cannot be read (${lost.because}), so a node that is found may be that one. wnm --help findings says how to repair it`,
    );
  if (settings.has("process_manager"))
    throw new Refused("Nothing was imported: the stored process_manager cannot be read");
  if (config.replace_generation)
    throw new Refused(
      "Nothing was imported: replace_generation is on and would replace the nodes' programs; first: wnm --force_action update_config --replace_generation off",
    );
}

/** The nodes to import. Throws Refused when a node that was asked for cannot be imported. */
async function joiningNodes(
  context: Context,
  { ids, folder }: ImportRequest,
  config: MachineConfig,
  store: Store,
): Promise<Joining> {
  const { options, world } = context;
  const nodes = store.nodes();
  const manager = config.process_manager;
  const given = new Map([["process_manager", manager]]);
  const numbers = (await givesNumbers(context, config)) ? ("manager's" as const) : ("wnm's" as const);
  const colony = { nodes, manager, start_args: config.start_args, numbers };
  const meant = { ids, folder: folder === undefined ? undefined : expandHome(folder, world.home) };
  const circumstances = circumstancesOf(given, world, options.paths.database);
  const joining = adoptLater(await findNodes(world, meant.folder), circumstances, colony, meant);
  const found = new Set([...joining.nodes, ...nodes].map(({ id }) => id));
  const missing = ids?.find((id) => !found.has(id));
  if (missing !== undefined)
    throw new Refused(
      `Nothing was imported: no ${nodeLabel({ id: missing })} was found that can join this colony; the names are those that this shows: wnm --import --dry_run`,
    );
  return joining;
}

const givesNumbers = async ({ world, options }: Context, config: MachineConfig): Promise<boolean> => {
  const settings = { ...config, paths: options.paths, rust_backtrace: undefined };
  return (await managerFor(config.process_manager, world, settings)).ids === "never reuse";
};

function refuseProblems({ nodes, problems }: Joining, before: number, { node_cap }: MachineConfig): void {
  const total = before + nodes.length;
  const all =
    nodes.length > 0 && total > node_cap
      ? [
          ...problems,
          `node_cap is ${node_cap}, and with the ${nodes.length} found there are ${total} nodes; wnm would stop and remove the others. First: wnm --force_action update_config --node_cap ${total}`,
        ]
      : problems;
  if (all.length > 0)
    throw new Refused(
      ["Nothing was imported; this has to be resolved first:", ...all.map((one) => `  - ${one}`)].join("\n"),
    );
}

/** Marks the nodes' storages, then stores all nodes in one transaction, which makes them the colony's. */
async function take(
  context: Context,
  store: Store,
  config: MachineConfig,
  joining: Joining,
  nodes: readonly Node[],
): Promise<void> {
  const { world } = context;
  const known = new Set(store.storages().map(({ path }) => path));
  for (const path of new Set(nodes.map(({ root_dir }) => dirname(root_dir))))
    if (!known.has(path)) store.save({ storage: { path, id: await identify(path, world) } });
  const sources = new Map(joining.nodes.map(({ id, found }) => [id, found.source]));
  const by = askerOf(context);
  const events = nodes.map(
    (node): ColonyEvent => ({
      at: world.clock.now(),
      node: node.id,
      kind: "add",
      from_status: undefined,
      to_status: node.status,
      reason: `taken over as it was, found in ${sources.get(node.id)}`,
      readings: undefined,
      by,
    }),
  );
  const highest = Math.max(...nodes.map(({ id }) => id), config.highest_node_id_used ?? 0);
  const settings = (await givesNumbers(context, config)) ? { highest_node_id_used: highest } : {};
  store.save({ nodes, events, settings });
}
