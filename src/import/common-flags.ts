import { wrongFlags } from "../settings/cross-checks.ts";
import { splitWords } from "../settings/split-words.ts";
import { isDefault } from "../software/ant-node-arguments.ts";
import { SOFTWARE } from "../software/generations.ts";
import type { ProgramFlags } from "../software/program-flags.ts";
import type { Adoption } from "./adopt.ts";
import type { Adoptable } from "./adoptable.ts";
import { quotedWord } from "./quoted-word.ts";

/** The adoption with flags that all its nodes share as start_args, unless given; others become an ant-node's variables. */
export function withCommonFlags(adoption: Adoption, given: ReadonlyMap<string, string>): Adoption {
  const start_args = given.get("start_args");
  if (start_args !== undefined) return { ...adoption, nodes: withOwnFlags(adoption.nodes, start_args) };
  const flags = sharedFlags(adoption.nodes);
  const text = flags.flat().map(quotedWord).join(" ");
  const nodes = withOwnFlags(adoption.nodes, text);
  if (flags.length === 0) return { ...adoption, nodes };
  const channel = flags.find(([flag]) => flag === "--upgrade-channel")?.[1];
  const learned = new Map([...adoption.learned, ["start_args", text] as const]);
  if (channel !== undefined && !given.has("node_channel")) learned.set("node_channel", channel);
  return { ...adoption, nodes, learned };
}

/** The nodes with their flags beside those of `start_args`: as variables, or as lost where none can stand for them. Pure. */
export function withOwnFlags(nodes: readonly Adoptable[], start_args: string): readonly Adoptable[] {
  const words = splitWords(start_args) ?? [];
  return nodes.map((node) => {
    const { groupsOf, variableOf } = SOFTWARE[node.software].flags;
    const shared = groupsOf(words);
    const others = node.args.extra.filter((flag) => !shared.some((one) => areSame(one, flag)));
    const named = new Set(shared.map(([flag]) => flag));
    // A flag is stronger than the variable that stands for it.
    const isLost = ([flag = ""]: readonly string[]) => variableOf(flag) === undefined || named.has(flag);
    return {
      ...node,
      own_flags: variablesOf(
        others.filter((flag) => !isLost(flag)),
        variableOf,
      ),
      lost_flags: others.filter(isLost).map((flag) => flag.join(" ")),
      new_flags: shared
        .filter((flag) => !isDefault(flag[0], flag[1]) && !node.args.extra.some((one) => areSame(one, flag)))
        .map((flag) => flag.join(" ")),
    };
  });
}

const areSame = (a: readonly string[], b: readonly string[]): boolean => Bun.deepEquals(a, b);

type Flags = readonly (readonly string[])[];

/** What the nodes of each program share, and all may have. */
const sharedFlags = (nodes: readonly Adoptable[]): Flags =>
  Object.values(SOFTWARE).flatMap(({ kind, flags }) =>
    commonFlags(
      nodes.filter(({ software }) => software === kind),
      (flag) => flags.at_import.includes(flag),
    ).filter((words) => wrongFlags(words).length === 0),
  );

/** Flags that all nodes have beyond those that wnm gives. `isKnown` says which flags the nodes' program has. Pure. */
export function commonFlags(nodes: readonly Adoptable[], isKnown: (flag: string) => boolean): Flags {
  const [first, ...rest] = nodes;
  return (first?.args.extra ?? []).filter(
    ([flag = "", ...value]) =>
      isKnown(flag) && rest.every(({ args }) => args.extra.some((other) => areSame(other, [flag, ...value]))),
  );
}

/** Variables that stand for these flags. */
function variablesOf(flags: Flags, variableOf: ProgramFlags["variableOf"]): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const [flag = "", ...values] of flags) {
    const name = variableOf(flag);
    if (name === undefined) continue;
    const value = values.length === 0 ? "true" : values.join(",");
    variables[name] = variables[name] === undefined ? value : `${variables[name]},${value}`;
  }
  return variables;
}
