import { dirname } from "node:path";
import { EXIT, type ExitCode } from "../base/errors.ts";
import { echoed } from "../base/text.ts";
import { handBackNodes } from "../import/hand-back.ts";
import type { Paths } from "../model/host.ts";
import { type Node, nodeLabel, otherFolderOf } from "../model/node.ts";
import { isUnknown, namesAt } from "../os/files/presence.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Unreadable } from "../settings/unreadable.ts";
import { openStoreToRead } from "../store/colony.ts";
import { handBack } from "../store/database.ts";
import type { Context } from "./context.ts";
import { cronRemovalLines } from "./cron/cron-removal-lines.ts";
import { removeCronEntries } from "./cron/remove-cron-entries.ts";
import { lockOf } from "./lock-colony.ts";

/**
 * Stops managing the colony: removes what starts wnm, leaves every node, unit and file, and prints where they are.
 * Also cleans up after interrupted moves.
 */
export async function release(context: Context): Promise<ExitCode> {
  const { world, options } = context;
  const { paths } = options;
  using _lock = lockOf(context);
  const moved = await endMoves(context, contents(paths.database).nodes);
  const { config, nodes, unreadable } = contents(paths.database);
  const cron = await removeCronEntries(world, paths.database);
  handBack(paths.database, world.clock.now());
  const taken_back = await handBackNodes(nodes, world);
  world.print(
    [
      cron.starting.length === 0
        ? "wnm no longer manages this colony. No node was touched."
        : "wnm still manages this colony, because lines remain that start it. No node was touched.",
      ...cronRemovalLines(cron),
      ...placeLines(paths, config, nodes),
      ...nodeLines(nodes),
      ...moved,
      ...lostLines(unreadable),
      ...taken_back,
      "To continue with Python wnm, run it as before; to continue with wnm, let cron run it again.",
      "",
    ].join("\n"),
  );
  const is_left = contents(paths.database).nodes.some((node) => otherFolderOf(node) !== undefined);
  return cron.starting.length === 0 && !is_left ? EXIT.done : EXIT.actions_failed;
}

/** Cleans up after interrupted moves, which nothing would resume later. Loads the code for that only when needed. */
const endMoves = async (context: Context, nodes: readonly Node[]): Promise<readonly string[]> =>
  nodes.some((node) => otherFolderOf(node) !== undefined)
    ? (await import("./end-moves.ts")).endMoves(context)
    : [];

function contents(database: string): {
  config: Partial<MachineConfig>;
  nodes: readonly Node[];
  unreadable: Unreadable;
} {
  using store = openStoreToRead(database);
  return { config: store.machine() ?? {}, nodes: store.nodes(), unreadable: store.unreadable() };
}

function placeLines(paths: Paths, config: Partial<MachineConfig>, nodes: readonly Node[]): readonly string[] {
  const folder = dirname(paths.database);
  const names = namesAt(folder);
  const there = names === "absent" || isUnknown(names) ? [] : names.found;
  const backups = there.filter((name) => name.endsWith(".bak"));
  const storages = new Set([...nodes.map((node) => dirname(node.root_dir)), ...(config.node_storage ?? [])]);
  return [
    "Where everything is:",
    `  database      ${paths.database}`,
    ...backups.map((name) => `  backup        ${folder}/${name}`),
    ...[...storages].filter((path) => path !== "").map((path) => `  nodes         ${path}`),
    `  logs          ${paths.logs}`,
    `  node program  ${config.antnode_path ?? ""}`,
  ];
}

const nodeLines = (nodes: readonly Node[]): readonly string[] => [
  `${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}:`,
  ...nodes.map(
    (node) =>
      `  ${nodeLabel(node)}  ${node.status}, ${node.manager_type} ${node.service}, port ${node.port}, ${node.root_dir}`,
  ),
];

const lostLines = ({ settings, nodes, containers }: Unreadable): readonly string[] => [
  ...[...settings].map(([name, stored]) => `The stored ${name} cannot be read: ${echoed(stored)}`),
  ...nodes.map(
    ({ id, because }) =>
      `The row of ${id === undefined ? "a node" : nodeLabel({ id })} cannot be read: ${because}`,
  ),
  ...containers.map(({ id, because }) => `The row of container ${id ?? "?"} cannot be read: ${because}`),
];
