import { dirname } from "node:path";
import type { NodeBinary } from "../model/host.ts";
import { SOFTWARE_KINDS, type SoftwareKind } from "../model/node.ts";
import { SOFTWARE } from "./generations.ts";
import type { Programs } from "./programs.ts";

/**
 * The program that new nodes are made from: that at `path`, when it is of the generation asked for, else its neighbour
 * in the same folder that bears the generation's name. `wanted` "auto" takes whatever is at `path`.
 */
export async function programFor(
  wanted: SoftwareKind | "auto",
  path: string,
  describe: Programs["ofOperator"],
): Promise<NodeBinary> {
  const at = await describe(path);
  const fits = (binary: NodeBinary) =>
    binary.version !== undefined && (wanted === "auto" || binary.software === wanted);
  if (fits(at)) return at;
  const kinds = wanted === "auto" ? SOFTWARE_KINDS : [wanted];
  for (const kind of kinds) {
    const beside = `${dirname(path)}/${SOFTWARE[kind].program}`;
    const binary = beside === path ? at : await describe(beside);
    if (fits(binary)) return binary;
  }
  if (wanted === "auto") return at;
  const found = at.version === undefined ? at.problem : `${path} is an ${at.software}`;
  const problem = `--node_software is ${wanted}, but ${found}; install ${SOFTWARE[wanted].program} in ${dirname(path)} or set --antnode_path`;
  const { untrusted = false, missing = false, cure } = at.version === undefined ? at : {};
  return { path, version: undefined, problem, untrusted, missing, cure };
}
