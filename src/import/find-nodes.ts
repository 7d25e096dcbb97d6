import { dirname } from "node:path";
import { isUnknown, namesAt, namesIn, presenceOf } from "../os/files/presence.ts";
import { firstUdpPortOf } from "../os/net/port-owners.ts";
import { pathsFor, realPath } from "../os/paths.ts";
import type { World } from "../os/world.ts";
import {
  type DiscoveredNode,
  type FoundNodes,
  type LeftOut,
  mergeFound,
} from "../process/contract/found-node.ts";
import { discoverAll } from "../process/discovery.ts";
import { readAntNodeArguments } from "../software/ant-node-arguments.ts";
import { SOFTWARE } from "../software/generations.ts";
import { readNodeArguments } from "../software/node-arguments.ts";
import { rootDirIn, softwareRunBy } from "../software/recognise.ts";
import { discoverFormicaio } from "./formicaio.ts";

/**
 * Finds unmanaged nodes from all sources. A node known to several managers belongs to the one that supervises it.
 * `folder`: an additional place to search, given by the operator.
 */
export async function findNodes(world: World, folder?: string): Promise<FoundNodes> {
  const storages = (["user", "sudo"] as const).map(
    (mode) => pathsFor(mode, world.platform, world.home).node_storage,
  );
  const all = await discoverAll(world);
  const finds = mergeFound([all, discoverFormicaio(world, all.found, folder)]);
  const known = new Set(finds.found.map(({ args }) => readNodeArguments(args).root_dir));
  // Each account's manager lists all processes and leaves out other accounts', so the same process may occur in both.
  const sources = new Set(finds.found.map(({ source }) => source));
  const bySource = new Map(
    finds.left_out.filter(({ source }) => !sources.has(source)).map((one) => [one.source, one]),
  );
  const left_out = [...bySource.values()].filter(
    ({ root_dir }) => root_dir === undefined || !known.has(root_dir),
  );
  for (const { root_dir } of left_out) known.add(root_dir);
  const folders = new Set([...storages, ...antNodeStorages(finds.found)]);
  const places = new Set([...known].map((folder) => (folder === undefined ? folder : realPath(folder))));
  return {
    found: finds.found.map(withPort),
    left_out: [...left_out, ...orphanedFolders([...folders], places)],
  };
}

/** Adds the port of an ant-node without --port, which chooses one at each start; its socket shows which. */
function withPort(found: DiscoveredNode): DiscoveredNode {
  const { process, program, args, env } = found;
  if (process.state !== "running" || process.process === undefined) return found;
  if (softwareRunBy(program, args) !== "ant-node" || readAntNodeArguments(args, env).port !== undefined)
    return found;
  const port = firstUdpPortOf(process.process.pid);
  return port === undefined ? found : { ...found, ports: { ...found.ports, port } };
}

/** The parent folders of ant-nodes. */
const antNodeStorages = (found: readonly DiscoveredNode[]): readonly string[] =>
  found.flatMap(({ program, args }) => {
    const root_dir = softwareRunBy(program, args) === "ant-node" ? rootDirIn(args) : undefined;
    return root_dir?.startsWith("/") === true ? dirname(root_dir) : [];
  });

/** Folders with a node's key for which no definition or process shows how the node was run. */
const orphanedFolders = (
  storages: readonly string[],
  known: ReadonlySet<string | undefined>,
): readonly LeftOut[] =>
  storages
    .flatMap((storage) => readableNames(storage).map((name) => `${storage}/${name}`))
    .filter(
      (folder) =>
        !known.has(realPath(folder)) &&
        Object.values(SOFTWARE).some(({ key_file }) => presenceOf(`${folder}/${key_file}`) === "present"),
    )
    .map((source) => ({
      source,
      because: "it holds a node's key, but neither a definition nor a process says how the node was run",
    }));

/** The names in a storage; none without permission to list it. Throws CannotTell when it cannot be read otherwise. */
function readableNames(storage: string): readonly string[] {
  const names = namesAt(storage);
  return isUnknown(names) && names.denied ? [] : namesIn(storage);
}
