import { dirname } from "node:path";
import type { NodeBinary } from "../model/host.ts";
import { SOFTWARE_KINDS, type SoftwareKind } from "../model/node.ts";
import type { Run } from "../os/command.ts";
import { type BinaryRecord, describeBinary } from "./binary.ts";
import { SOFTWARE } from "./register.ts";

/** Asks programs what they are, and each only once as long as its file stays the same. */
export type Describer = {
  describe(path: string): Promise<NodeBinary>;
  /** What was learned since the last call, to be remembered. */
  learned(): readonly BinaryRecord[];
};

/** `known` finds what was remembered of a program. */
export function describer(known: (path: string) => BinaryRecord | undefined, run: Run): Describer {
  const records = new Map<string, BinaryRecord>();
  let fresh: BinaryRecord[] = [];
  return {
    async describe(path) {
      const before = records.get(path) ?? known(path);
      const { binary, record } = await describeBinary(path, before, run);
      if (record !== undefined && record !== before) fresh.push(record);
      if (record !== undefined) records.set(path, record);
      return binary;
    },
    learned() {
      const learned = fresh;
      fresh = [];
      return learned;
    },
  };
}

/**
 * The program that new nodes are made from: that at `path`, when it is of the generation asked for, else its neighbour
 * in the same folder that bears the generation's name. `wanted` "auto" takes whatever is at `path`.
 */
export async function programFor(
  wanted: SoftwareKind | "auto",
  path: string,
  describe: Describer["describe"],
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
  return { path, version: undefined, problem };
}
