/** The state of a node according to a shared container's init. `code`: its last exit code. */
export type ListedNode = { readonly state: "running" | "waiting" | "stopped"; readonly code: number };

/** The nodes of a shared container by name, or why they are unknown. */
export type NodeList = ReadonlyMap<string, ListedNode> | { readonly unknown: string };

/** Parses the output of `list` of a shared container's init (init.sh); other lines are ignored. Pure. */
export function readNodeList(printed: string): ReadonlyMap<string, ListedNode> {
  const nodes = new Map<string, ListedNode>();
  for (const match of printed.matchAll(/^(antnode\d{4,}) (running|waiting|stopped)(?: (\d+))?$/gm)) {
    const [, name = "", state, code] = match;
    nodes.set(name, { state: state as ListedNode["state"], code: Number(code ?? 0) });
  }
  return nodes;
}
