import { WnmError } from "../errors.ts";
import type { NodeBinary } from "../model/host.ts";
import type { Node } from "../model/node.ts";
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

/** How to run the node with the program it has, or with the one it will be given when it has none yet or is to be upgraded. */
export async function launchOf(
  tools: Tools,
  node: Node,
  upgrading = false,
): Promise<{ launch: Launch; version: string }> {
  const own = !upgrading && exists(node.binary);
  const binary = usableBinary(own ? await tools.describe(node.binary) : tools.binary);
  const manager = tools.manager(node.manager_type);
  const args = SOFTWARE.antnode.arguments(node, tools.config, binary.flags, {
    home: manager.account.home,
    bootstrap_cache: tools.paths.bootstrap_cache,
    supervised: manager.supervised,
  });
  const env = {
    PATH: SEARCH_PATH,
    HOME: manager.account.home,
    ...variablesOf(node.environment ?? tools.config.environment),
  };
  return { launch: { program: binary.path, args, env }, version: binary.version };
}

const variablesOf = (text: string | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (splitWords(text ?? "") ?? []).map((word) => [
      word.slice(0, word.indexOf("=")),
      word.slice(word.indexOf("=") + 1),
    ]),
  );
