import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { rationOf } from "../decide/ration.ts";
import { WnmError } from "../errors.ts";
import type { NodeBinary } from "../model/host.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { SEARCH_PATH } from "../os/command.ts";
import { exists } from "../os/files.ts";
import type { Launch } from "../process/manager.ts";
import { splitWords } from "../settings/kinds.ts";
import { SOFTWARE } from "../software/register.ts";
import type { Tools } from "./tools.ts";

/** The program to make nodes from. Throws WnmError when there is none that works. */
export function usableBinary(binary: NodeBinary): Extract<NodeBinary, { version: string }> {
  if (binary.version === undefined) throw new WnmError(binary.problem);
  return binary;
}

/** How a node is run, and what its row says of it from then on. */
export type Launching = {
  readonly launch: Launch;
  readonly row: { readonly version: string; readonly db_size_gb: number | undefined };
};

/** How to run the node with the program it has, or with the one it will be given when it has none yet or is to be upgraded. */
export async function launchOf(tools: Tools, node: Node, upgrading = false): Promise<Launching> {
  const own = !upgrading && exists(node.binary);
  const binary = usableBinary(own ? await tools.describe(node.binary) : tools.binary);
  if (binary.software !== node.software) {
    throw new WnmError(
      `${nodeLabel(node)} is an ${node.software} and ${binary.path} is an ${binary.software}: a node cannot change its generation; wnm --replace_generation exchanges old nodes for new ones`,
    );
  }
  const software = SOFTWARE[node.software];
  const manager = tools.manager(node.manager_type);
  const nodes = [...tools.nodes.values()];
  const ration = software.rationed ? rationOf(node, { ...tools, nodes }) : undefined;
  const place = {
    home: manager.account.home,
    bootstrap_cache: tools.paths.bootstrap_cache,
    supervised: manager.supervised,
    ration,
    upgrades_itself: !tools.upgrades,
    bootstrap_peers: firstPeers(tools.binary.path),
  };
  const env = {
    PATH: SEARCH_PATH,
    HOME: manager.account.home,
    ...software.environment(variablesOf(node.environment ?? tools.config.environment)),
  };
  const container = tools.containers.get(node.container_id ?? 0);
  const args = software.arguments({ ...node, binary: binary.path }, tools.config, binary.flags, place);
  return {
    launch: {
      program: binary.path,
      args,
      env,
      files: software.files(node, place),
      ...(container && { container }),
    },
    row: { version: binary.version, db_size_gb: ration?.db_size_gb },
  };
}

/** Releases of ant-node bring a list of first peers beside the program; without it a node finds no network. */
function firstPeers(program: string): string | undefined {
  try {
    return readFileSync(`${dirname(program)}/bootstrap_peers.toml`, "utf8");
  } catch {
    return undefined;
  }
}

const variablesOf = (text: string | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (splitWords(text ?? "") ?? []).map((word) => [
      word.slice(0, word.indexOf("=")),
      word.slice(word.indexOf("=") + 1),
    ]),
  );
