import { wrongFlags } from "../settings/cross-checks.ts";
import { splitWords } from "../settings/split-words.ts";
import { isDefault } from "../software/ant-node-arguments.ts";
import { SOFTWARE } from "../software/generations.ts";
import type { ProgramFlags } from "../software/program-flags.ts";
import type { Adoption } from "./adopt.ts";
import type { Adoptable } from "./adoptable.ts";
import { quotedWord } from "./quoted-word.ts";

/** Turns flags that all nodes share into start_args, unless given; an ant-node's other flags become its variables. */
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

/** Splits flags not in `start_args` into environment variables and, if no variable replaces them, lost flags. Pure. */
export function withOwnFlags(nodes: readonly Adoptable[], start_args: string): readonly Adoptable[] {
  const words = splitWords(start_args) ?? [];
  return nodes.map((node) => {
    const { groupsOf, variableOf } = SOFTWARE[node.software].flags;
    const shared = groupsOf(words);
    const others = node.args.extra.filter((flag) => !shared.some((one) => areSame(one, flag)));
    const named = new Set(shared.map(([flag]) => flag));
    // A flag in start_args would override the variable.
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

/** Flags shared by the nodes of each program and valid for all. */
const sharedFlags = (nodes: readonly Adoptable[]): Flags =>
  Object.values(SOFTWARE).flatMap(({ kind, flags }) =>
    commonFlags(
      nodes.filter(({ software }) => software === kind),
      (flag) => flags.at_import.includes(flag),
    ).filter((words) => wrongFlags(words).length === 0),
  );

/** Flags common to all nodes, apart from wnm's own. `isKnown`: whether the nodes' program has a flag. Pure. */
export function commonFlags(nodes: readonly Adoptable[], isKnown: (flag: string) => boolean): Flags {
  const [first, ...rest] = nodes;
  return (first?.args.extra ?? []).filter(
    ([flag = "", ...value]) =>
      isKnown(flag) && rest.every(({ args }) => args.extra.some((other) => areSame(other, [flag, ...value]))),
  );
}

/** The environment variables equivalent to these flags. */
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
