import { statSync } from "node:fs";
import { dirname } from "node:path";
import { settle, UNSEEN } from "../decide/lifecycle.ts";
import { Refused, WnmError } from "../errors.ts";
import { survey } from "../execute/survey.ts";
import { type Node, nodeLabel, nodeName, type Seconds } from "../model/node.ts";
import { exists, namesIn } from "../os/files.ts";
import { pathsFor } from "../os/paths.ts";
import { discoverAll } from "../process/discover.ts";
import type { Finds, LeftOut } from "../process/found.ts";
import type { ProcessManager } from "../process/manager.ts";
import { readNodeArguments } from "../process/node-arguments.ts";
import { managerFor } from "../process/register.ts";
import type { Given } from "../settings/given.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { describer } from "../software/program.ts";
import type { World } from "../world.ts";
import { type Adoptable, type Adoption, adopt } from "./adopt.ts";
import { commonExtras } from "./learn.ts";

/** Looks everywhere for nodes without a colony. A node that several places know is the one's that supervises it. */
export async function findNodes(world: World): Promise<Finds> {
  const storages = (["user", "sudo"] as const).map(
    (mode) => pathsFor(mode, world.platform, world.home).node_storage,
  );
  const finds = await discoverAll(world);
  const known = new Set(finds.found.map(({ args }) => readNodeArguments(args).root_dir));
  // A process is told by the manager of each account, and is left out by all but its own.
  const sources = new Set(finds.found.map(({ source }) => source));
  const told = new Map(
    finds.left_out.filter(({ source }) => !sources.has(source)).map((one) => [one.source, one]),
  );
  const left_out = [...told.values()].filter(
    ({ root_dir }) => root_dir === undefined || !known.has(root_dir),
  );
  for (const { root_dir } of left_out) known.add(root_dir);
  return { found: finds.found, left_out: [...left_out, ...silentFolders(storages, known)] };
}

/** Folders with a node's key of which nothing tells how the node was run. */
const silentFolders = (
  storages: readonly string[],
  known: ReadonlySet<string | undefined>,
): readonly LeftOut[] =>
  storages
    .flatMap((storage) => namesIn(storage).map((name) => `${storage}/${name}`))
    .filter((folder) => !known.has(folder) && exists(`${folder}/secret-key`))
    .map((source) => ({
      source,
      because: "it holds a node's key, but neither a definition nor a process tells how the node was run",
    }));

/** A colony's database lies beside its folder of nodes. */
function colonyOf(root_dir: string): string | undefined {
  const database = `${dirname(dirname(root_dir))}/colony.db`;
  return exists(database) ? database : undefined;
}

/** What becomes of the finds under the settings that were given. Throws Refused with the list when nodes disagree. */
export async function agreedAdoption(finds: Finds, given: Given, world: World): Promise<Adoption> {
  const texts = new Map([...given].map(([name, { text }]) => [name, text]));
  const adoption = adopt(finds, { given: texts, hasFolder: exists, colonyOf });
  if (adoption.problems.length > 0) {
    throw new Refused(
      [
        "Nothing was taken; this has to be settled first:",
        ...adoption.problems.map((one) => `  - ${one}`),
      ].join("\n"),
    );
  }
  if (adoption.nodes.length === 0) {
    throw new WnmError(
      [
        "No nodes were found to import (looked for units of systemd, jobs of launchd, processes and antctl's registry).",
        ...adoption.left_out.map(({ source, because }) => `  - left out ${source}: ${because}`),
      ].join("\n"),
    );
  }
  return extrasLearned(adoption, texts, world);
}

/** The adoption with the flags that all its nodes have beyond wnm's own, unless start_args are given. */
export async function extrasLearned(
  adoption: Adoption,
  given: ReadonlyMap<string, string>,
  world: World,
): Promise<Adoption> {
  const extras = given.has("start_args") ? undefined : await extrasOf(adoption.nodes, world);
  if (extras === undefined) return adoption;
  return { ...adoption, learned: new Map([...adoption.learned, ["start_args", extras]]) };
}

/** Flags that wnm has to go on giving, as far as the nodes' own program knows them. */
async function extrasOf(nodes: readonly Adoptable[], world: World): Promise<string | undefined> {
  if (nodes.every(({ args }) => args.extra.length === 0)) return undefined;
  const binary = await describer(() => undefined, world.run).describe(nodes[0]?.found.program ?? "");
  if (binary.version === undefined) return undefined;
  return commonExtras(nodes, (flag) => binary.flags.has(flag));
}

/** The nodes as rows, with what they are doing now. Throws Refused when it cannot be told whether one runs. */
export async function adoptedNodes(
  adoption: Adoption,
  config: MachineConfig,
  world: World,
): Promise<readonly Node[]> {
  const paths = pathsFor(adoption.manager.endsWith("+sudo") ? "sudo" : "user", world.platform, world.home);
  const settings = { ...config, paths, rust_backtrace: undefined };
  const manager = await managerFor(adoption.manager, world, settings);
  const now = world.clock.now();
  const drafts = adoption.nodes.map((node) => draftOf(node, manager, config, now));
  const { describe } = describer(() => undefined, world.run);
  const pace = { delay_ms: 0, sleep: world.clock.sleep, now: world.clock.now, describe };
  const seen = await survey(drafts, () => manager, pace);
  const nodes: Node[] = [];
  for (const draft of drafts) {
    const observation = seen.get(draft.id);
    if (observation === undefined || observation.process.state === "unknown") {
      const because = observation?.process.state === "unknown" ? observation.process.because : "no answer";
      throw new Refused(`Nothing was taken: it cannot be told whether ${nodeLabel(draft)} runs (${because})`);
    }
    const node = settle(draft, observation, config, now);
    nodes.push(
      node.version === undefined ? { ...node, version: (await describe(node.binary)).version } : node,
    );
  }
  return nodes;
}

function draftOf(node: Adoptable, manager: ProcessManager, config: MachineConfig, now: Seconds): Node {
  const { found, args, id } = node;
  const env = Object.entries(found.env).filter(([name]) => name !== "PATH" && name !== "HOME");
  return {
    ...UNSEEN,
    id,
    manager_type: found.manager,
    software: "antnode",
    node_name: nodeName(id),
    service: found.service ?? `${nodeLabel(node)}.service`,
    user: found.user ?? manager.account.user,
    binary: found.program,
    version: undefined,
    root_dir: node.root_dir,
    log_dir: args.log_dir,
    port: node.port,
    metrics_port: node.metrics_port,
    rpc_port: node.rpc_port ?? config.rpc_port_start * 1000 + id,
    network: node.network,
    wallet: node.wallet,
    status: "STOPPED",
    status_since: now,
    born_at: bornAt(node.root_dir, now),
    host: config.host,
    method: found.manager,
    environment:
      env.length === 0 ? undefined : env.map(([name, value]) => `${name}=${shellQuoted(value)}`).join(" "),
    wanted: "stopped",
  };
}

const shellQuoted = (value: string): string =>
  /^[\w@%+=:,./-]*$/.test(value) ? value : `"${value.replace(/[\\"]/g, "\\$&")}"`;

/** A node is as old as its key, which is made once; without one as its folder. */
function bornAt(root_dir: string, now: Seconds): Seconds {
  for (const path of [`${root_dir}/secret-key`, root_dir]) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined) return Math.floor(found.mtimeMs / 1000);
  }
  return now;
}
