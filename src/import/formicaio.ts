import type { Stats } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { messageOf } from "../base/text.ts";
import { presenceOf, statAt } from "../os/files/presence.ts";
import { listProcesses } from "../os/processes/identity.ts";
import type { World } from "../os/world.ts";
import type { DiscoveredNode, Discovery, LeftOut } from "../process/contract/found-node.ts";
import { isFormicaio, managing, OF_FORMICAIO } from "../process/contract/other-managers.ts";
import { OWN_PROCESSES } from "../software/node-owner.ts";
import { lookForNodes, stateSeen } from "../software/node-processes.ts";
import { rootDirIn } from "../software/recognise.ts";
import { soughtAt } from "../software/sought.ts";
import { type FormicaioRow, formicaioRows } from "../store/formicaio.ts";

const DATABASE = "formicaio.db";
/** Formicaio's data folder below its working directory, and its node folder in there (0.8.7, node_mgr/native_nodes.rs). */
const DATA = "formicaio_data";
const NODES = "node_data";
/** Larger than any real Formicaio database. */
const MOST_BYTES = 256 * 1024 ** 2;

const flag = v.nullish(v.picklist([0, 1]));
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));

const Row = v.object({
  node_id: v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/)),
  status: v.nullish(v.string()),
  port,
  metrics_port: port,
  rewards_addr: v.pipe(v.string(), v.regex(/^(?:0x)?[0-9a-fA-F]{40}$/)),
  node_logs: flag,
  log_level: v.nullish(v.pipe(v.string(), v.regex(/^[a-z]*$/i))),
  ipv4_only: flag,
  data_dir_path: v.nullish(v.pipe(v.string(), v.regex(/^\P{Cc}*$/u))),
});
type Row = v.InferOutput<typeof Row>;

/**
 * Finds the native nodes of Formicaio in its database, opened read-only. The database is in Formicaio's working directory
 * or where its environment variables say. `known`: nodes whose folders reveal the place; `folder`: a place to search,
 * given by the operator.
 */
export function discoverFormicaio(
  world: Pick<World, "uid" | "home" | "env">,
  known: readonly Pick<DiscoveredNode, "args">[],
  folder?: string,
): Discovery {
  const found: DiscoveredNode[] = [];
  const left_out: LeftOut[] = [];
  for (const place of placesOf(world, known, folder)) {
    const path = `${place}/${DATABASE}`;
    const looked = statAt(path);
    if (looked === "absent") continue;
    const because = "unknown" in looked ? looked.unknown : whyUnread(looked.found, world.uid);
    const rows = because ?? rowsOf(path);
    if (typeof rows === "string") left_out.push({ source: path, because: rows });
    else addNodes(path, rows, rootsAt(place, world), found, left_out);
  }
  return { found, left_out };
}

function placesOf(
  { home, env }: Pick<World, "home" | "env">,
  known: readonly Pick<DiscoveredNode, "args">[],
  folder: string | undefined,
): ReadonlySet<string> {
  const roots = known
    .map(({ args }) => rootDirIn(args) ?? "")
    .filter((root_dir) => OF_FORMICAIO.test(root_dir))
    .map((root_dir) => dirname(dirname(root_dir)));
  return new Set([
    ...[env.DB_PATH, folder].filter((place) => place?.startsWith("/") === true),
    ...(folder === undefined ? [] : [dirname(folder), dirname(dirname(folder))]),
    ...roots.flatMap((root) => [root, dirname(root)]),
    ...[home, `${home}/${DATA}`, `${home}/formicaio`],
  ] as readonly string[]);
}

function whyUnread(stats: Stats, own: number): string | undefined {
  if (!stats.isFile()) return "it is not a regular file";
  if (stats.uid !== own) return "it belongs to another account";
  return stats.size > MOST_BYTES ? "it is larger than any database of Formicaio" : undefined;
}

function rowsOf(path: string): readonly FormicaioRow[] | string {
  try {
    return formicaioRows(path);
  } catch (error) {
    return `it is not a database of Formicaio: ${messageOf(error)}`;
  }
}

/** Possible data folders of a database at this place. */
const rootsAt = (place: string, { env }: Pick<World, "env">): readonly string[] => [
  ...(env.NODE_MGR_ROOT_DIR?.startsWith("/") === true ? [env.NODE_MGR_ROOT_DIR] : []),
  place,
  `${place}/${DATA}`,
];

function addNodes(
  path: string,
  rows: readonly FormicaioRow[],
  roots: readonly string[],
  found: DiscoveredNode[],
  left_out: LeftOut[],
): void {
  const look = lookForNodes(OWN_PROCESSES);
  const manager = listProcesses()?.find(({ argv }) => isFormicaio(argv));
  const held_by = manager === undefined ? undefined : managing(manager.pid, manager.argv);
  for (const row of rows) {
    const source = `${path}, node ${row.node_id}`;
    const parsed = v.safeParse(Row, row);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      left_out.push({ source, because: `its row is not as Formicaio writes it: ${v.getDotPath(issue)}` });
    } else if (/Removing/.test(parsed.output.status ?? "")) {
      left_out.push({ source, because: "Formicaio was removing it" });
    } else {
      const root_dir = folderOf(parsed.output, roots);
      const process = stateSeen(look.process(soughtAt(root_dir)));
      found.push({ ...nodeOf(parsed.output, root_dir, source), held_by, process });
    }
  }
}

/** The node's folder: the first candidate that exists, else the default one. */
function folderOf({ node_id, data_dir_path }: Row, roots: readonly string[]): string {
  const own = data_dir_path ?? "";
  const places = own.startsWith("/") ? [own] : roots.map((root) => `${root}/${own === "" ? NODES : own}`);
  const folders = places.map((place) => `${place.replace(/\/+$/, "")}/${node_id}`);
  return folders.find((folder) => presenceOf(folder) !== "absent") ?? folders.at(-1) ?? "";
}

/** The node with the command line that Formicaio starts it with. */
const nodeOf = (row: Row, root_dir: string, source: string) => ({
  manager: "setsid+user" as const,
  source,
  service: undefined,
  user: undefined,
  program: `${root_dir}/ant-node`,
  args: [
    ...["--port", String(row.port), "--metrics-port", String(row.metrics_port), "--root-dir", root_dir],
    ...(row.ipv4_only === 1 ? ["--ipv4-only"] : []),
    ...(row.node_logs === 1
      ? ["--enable-logging", "--log-level", row.log_level || "info", "--log-dir", `${root_dir}/logs`]
      : []),
    ...["--rewards-address", row.rewards_addr.startsWith("0x") ? row.rewards_addr : `0x${row.rewards_addr}`],
    ...["--evm-network", "arbitrum-one"],
  ],
  env: {},
});
