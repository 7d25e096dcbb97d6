import { wrongFlags } from "../settings/cross-checks.ts";
import { variableOf } from "../software/ant-node-arguments.ts";
import { NOT_OF_ANT_NODE, USUAL_FLAGS } from "../software/exclusive-flags.ts";
import type { Adoption } from "./adopt.ts";
import type { Adoptable } from "./adoptable.ts";
import { quotedWord } from "./quoted-word.ts";

/** Flags of each program; the nodes' own program is not run to ask for them. */
const KNOWN_FLAGS: Readonly<Record<Adoptable["software"], ReadonlySet<string>>> = {
  antnode: new Set(USUAL_FLAGS.antnode),
  "ant-node": new Set([...USUAL_FLAGS["ant-node"], ...NOT_OF_ANT_NODE, "--log-format"]),
};

/**
 * The adoption with the flags that all its nodes have beyond wnm's own as start_args, unless those are given; other
 * flags of an ant-node go along as its variables.
 */
export function withCommonFlags(adoption: Adoption, given: ReadonlyMap<string, string>): Adoption {
  const flags = given.has("start_args") ? undefined : sharedFlags(adoption.nodes);
  const nodes = adoption.nodes.map((node) =>
    node.software === "antnode" ? node : { ...node, own_flags: ownFlags(node, flags ?? []) },
  );
  if (flags === undefined || flags.length === 0) return { ...adoption, nodes };
  const start_args = flags.flat().map(quotedWord).join(" ");
  const channel = flags.find(([flag]) => flag === "--upgrade-channel")?.[1];
  const learned = new Map([...adoption.learned, ["start_args", start_args] as const]);
  if (channel !== undefined && !given.has("node_channel")) learned.set("node_channel", channel);
  return { ...adoption, nodes, learned };
}

type Flags = readonly (readonly string[])[];

/** What the nodes of each program share, and all may have. */
const sharedFlags = (nodes: readonly Adoptable[]): Flags =>
  (["antnode", "ant-node"] as const).flatMap((software) =>
    commonFlags(
      nodes.filter((node) => node.software === software),
      (flag) => KNOWN_FLAGS[software].has(flag),
    ).filter((words) => software === "antnode" || wrongFlags(words).length === 0),
  );

/** Flags that all nodes have beyond those that wnm gives. `isKnown` says which flags the nodes' program has. Pure. */
export function commonFlags(nodes: readonly Adoptable[], isKnown: (flag: string) => boolean): Flags {
  const [first, ...rest] = nodes;
  return (first?.args.extra ?? []).filter(
    ([flag = "", ...value]) =>
      isKnown(flag) &&
      rest.every(({ args }) => args.extra.some((other) => Bun.deepEquals(other, [flag, ...value]))),
  );
}

/** The flags of an ant-node that are not among `shared`, as variables. */
function ownFlags({ args }: Adoptable, shared: Flags): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const [flag = "", ...values] of args.extra) {
    const name = variableOf(flag);
    if (name === undefined || shared.some((other) => Bun.deepEquals(other, [flag, ...values]))) continue;
    const value = values.length === 0 ? "true" : values.join(",");
    variables[name] = variables[name] === undefined ? value : `${variables[name]},${value}`;
  }
  return variables;
}
