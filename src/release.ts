import { dirname } from "node:path";
import { type CronRemoval, removeCronEntries } from "./cron.ts";
import type { Paths } from "./model/host.ts";
import { type Node, nodeLabel } from "./model/node.ts";
import { namesIn } from "./os/files.ts";
import type { MachineConfig } from "./settings/machine.ts";
import { makeOneFile } from "./store/database.ts";
import { openStoreToRead } from "./store/store.ts";
import type { World } from "./world.ts";

/** Stops managing: nothing starts wnm any more; every node, unit and file stays. Tells where everything is. */
export async function release(paths: Paths, world: World): Promise<void> {
  const { config, nodes } = contents(paths.database);
  const cron = await removeCronEntries(world);
  makeOneFile(paths.database);
  world.print(
    [
      "wnm no longer manages this colony. No node was touched.",
      ...cronLines(cron),
      ...placeLines(paths, config, nodes),
      ...nodeLines(nodes),
      "To go on with Python wnm, run it as before; to go on with wnm, let cron run it again.",
      "",
    ].join("\n"),
  );
}

function contents(database: string): { config: Partial<MachineConfig>; nodes: readonly Node[] } {
  using store = openStoreToRead(database);
  return { config: store.machine() ?? {}, nodes: store.nodes() };
}

/** What became of the tables of cron. */
export const cronLines = ({ removed, others }: CronRemoval): readonly string[] => [
  ...(removed.length === 0 ? ["Nothing started wnm by the clock."] : ["Removed:"]),
  ...removed.map((line) => `  ${line}`),
  ...(others.length === 0 ? [] : ["Left alone, although it runs a wnm:"]),
  ...others.map((line) => `  ${line}`),
];

function placeLines(paths: Paths, config: Partial<MachineConfig>, nodes: readonly Node[]): readonly string[] {
  const folder = dirname(paths.database);
  const backups = namesIn(folder).filter((name) => name.endsWith(".bak"));
  const storages = new Set([...nodes.map((node) => dirname(node.root_dir)), config.node_storage ?? ""]);
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
  `${nodes.length} nodes:`,
  ...nodes.map(
    (node) =>
      `  ${nodeLabel(node)}  ${node.status}, ${node.manager_type} ${node.service}, port ${node.port}, ${node.root_dir}`,
  ),
];
