import { WnmError } from "../base/errors.ts";
import type { Node } from "../model/node.ts";
import { plainFiles } from "../os/files/node-files.ts";
import { type NodePath, nodePath, textOfNode } from "../os/files/node-path.ts";
import type { World } from "../os/world.ts";
import { OF_FORMICAIO } from "../process/contract/other-managers.ts";
import { OWN_PROCESSES } from "../software/node-owner.ts";
import { lookForNodes } from "../software/node-processes.ts";
import { rootDirIn } from "../software/recognise.ts";
import { discoverFormicaio } from "./formicaio.ts";

/** The `ant node` daemon's pid file. The daemon takes any running process with that pid for the node. */
const PID_FILE = "node.pid";
const MOST_PID_BYTES = 100;

/** Makes the nodes visible to the managers they came from; returns lines that say how those take them back. */
export async function handBackNodes(
  nodes: readonly Node[],
  world: Pick<World, "uid" | "home" | "env">,
): Promise<readonly string[]> {
  const own = nodes.filter(
    ({ manager_type, software }) => manager_type.endsWith("+user") && software === "ant-node",
  );
  const look = lookForNodes(OWN_PROCESSES);
  const lines: string[] = [];
  let of_daemon = 0;
  for (const node of own) {
    const place = nodePath(node.root_dir, PID_FILE);
    const noted = textOfNode(place, MOST_PID_BYTES);
    if (noted === undefined) continue;
    of_daemon++;
    const sight = look.process(node);
    const pid =
      sight.seen === "living" ? String(sight.process.pid) : sight.seen === "ended" ? "0" : undefined;
    if (pid !== undefined && noted.trim() !== pid) lines.push(...(await noteAt(place, pid)));
  }
  if (of_daemon > 0) lines.push(`The ant node daemon takes ${count(of_daemon)} back: ant node daemon start`);
  const of_formicaio = formicaiosNodes(own, world).length;
  if (of_formicaio > 0) lines.push(`Formicaio takes ${count(of_formicaio)} back when it starts.`);
  return lines;
}

/** Nodes in Formicaio's own folders, and those that its database places elsewhere. */
function formicaiosNodes(
  nodes: readonly Node[],
  world: Pick<World, "uid" | "home" | "env">,
): readonly Node[] {
  const known = nodes.map(({ root_dir }) => ({ args: ["--root-dir", root_dir] }));
  const its = new Set(discoverFormicaio(world, known).found.map(({ args }) => rootDirIn(args)));
  return nodes.filter(({ root_dir }) => OF_FORMICAIO.test(root_dir) || its.has(root_dir));
}

const count = (nodes: number): string => `its ${nodes} ${nodes === 1 ? "node" : "nodes"}`;

async function noteAt(place: NodePath, pid: string): Promise<readonly string[]> {
  try {
    await plainFiles.writeText(place, pid);
    return [];
  } catch (error) {
    if (error instanceof WnmError) return [`! ${error.message}; delete it before the daemon starts`];
    throw error;
  }
}
