import { Refused } from "../base/errors.ts";
import { settle } from "../decide/lifecycle/settle.ts";
import { UNSEEN } from "../decide/lifecycle/unseen.ts";
import { type ManagerKind, type Node, nodeLabel, nodeName, type Seconds } from "../model/node.ts";
import { survey } from "../observe/survey.ts";
import { statAt } from "../os/files/presence.ts";
import { expandHome, pathsFor } from "../os/paths.ts";
import type { World } from "../os/world.ts";
import type { ProcessManager } from "../process/contract/manager.ts";
import { managerFor } from "../process/managers.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { SOFTWARE } from "../software/generations.ts";
import { NOTHING_KNOWN } from "../software/program-memory.ts";
import { knownPrograms } from "../software/programs.ts";
import type { Adoptable } from "./adoptable.ts";
import { quotedWord } from "./quoted-word.ts";

/** The nodes as database rows with their current state. Throws Refused when it is unknown whether one runs. */
export async function adoptedNodes(
  nodes: readonly Adoptable[],
  config: MachineConfig,
  world: World,
): Promise<readonly Node[]> {
  const managers = new Map<ManagerKind, ProcessManager>();
  for (const kind of new Set(nodes.map(({ found }) => found.manager))) {
    const paths = pathsFor(kind.endsWith("+sudo") ? "sudo" : "user", world.platform, world.home);
    managers.set(kind, await managerFor(kind, world, { ...config, paths, rust_backtrace: undefined }));
  }
  const managerOf = (kind: ManagerKind): ProcessManager => {
    const made = managers.get(kind);
    if (made === undefined) throw new Error(`No node to import is run by ${kind}`);
    return made;
  };
  const now = world.clock.now();
  const drafts = nodes.map((node) => draftOf(node, managerOf(node.found.manager), config, now));
  const programs = knownPrograms(NOTHING_KNOWN, world.run, world.uid);
  // This identifies nodes that run a copy of the operator's program; others report their version while running.
  await programs.ofOperator(expandHome(config.antnode_path, world.home));
  const identify = programs.ofNode;
  const context = { delay_ms: 0, sleep: world.clock.sleep, now: world.clock.now, identify };
  const seen = await survey(drafts, managerOf, context);
  const rows: Node[] = [];
  for (const draft of drafts) {
    const observation = seen.get(draft.id);
    if (observation === undefined || observation.process.state === "unknown") {
      const because = observation?.process.state === "unknown" ? observation.process.because : "no answer";
      throw new Refused(`Nothing was imported: it is unknown whether ${nodeLabel(draft)} runs (${because})`);
    }
    const node = settle(draft, observation, config, now);
    // The version is that of the running program, not of the copy that the node will get.
    const program = nodes.find(({ id }) => id === node.id)?.found.program ?? node.binary;
    rows.push({ ...node, version: node.version ?? identify(program).record?.version });
  }
  return rows;
}

function draftOf(node: Adoptable, manager: ProcessManager, config: MachineConfig, now: Seconds): Node {
  const { found, args, id } = node;
  const env = Object.entries({ ...found.env, ...node.own_flags }).filter(
    ([name]) => name !== "PATH" && name !== "HOME",
  );
  return {
    ...UNSEEN,
    id,
    manager_type: found.manager,
    software: node.software,
    node_name: nodeName(id),
    service: found.service ?? `${nodeLabel(node)}.service`,
    user: found.user ?? manager.account.user,
    binary: programOf(node),
    version: undefined,
    root_dir: node.root_dir,
    log_dir: args.log_dir,
    port: node.port ?? config.port_start * 1000 + id,
    metrics_port: node.metrics_port ?? config.metrics_port_start * 1000 + id,
    rpc_port: node.rpc_port ?? config.rpc_port_start * 1000 + id,
    network: node.network,
    wallet: node.wallet,
    status: "STOPPED",
    status_since: now,
    born_at: bornAt(node, now),
    host: config.host,
    method: found.manager,
    environment:
      env.length === 0 ? undefined : env.map(([name, value]) => `${name}=${quotedWord(value)}`).join(" "),
    wanted: "stopped",
  };
}

/** The path of the node's program. An ant-node that shares its program gets its own copy at its next start. */
const programOf = ({ found, root_dir, software }: Adoptable): string =>
  software === "antnode" || found.program.startsWith(`${root_dir}/`)
    ? found.program
    : `${root_dir}/${SOFTWARE[software].program}`;

/** The node's age is that of its key, which is created once; without a key, that of its folder. */
function bornAt({ root_dir, software }: Adoptable, now: Seconds): Seconds {
  for (const path of [`${root_dir}/${SOFTWARE[software].key_file}`, root_dir]) {
    const looked = statAt(path);
    if (typeof looked === "object" && "found" in looked) return Math.floor(looked.found.mtimeMs / 1000);
  }
  return now;
}
