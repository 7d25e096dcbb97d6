import type { ProcessIdentity } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";
import { endOf, notOurs } from "./containers.ts";
import type { ContainerLookup } from "./engine.ts";
import { isOurs, isUp } from "./inspect.ts";
import type { NodeList } from "./node-list.ts";

/** A node with its own container. `has_run`: it has run before, so the reason why it is down matters. */
export type OwnNode = { readonly name: string; readonly storage: string; readonly has_run: boolean };

/** The state of a node in its own container. `process`: the process on this machine that uses its folder. */
export function stateOfOwn(
  { name, storage, has_run }: OwnNode,
  lookup: ContainerLookup | undefined,
  process: ProcessIdentity | undefined,
): ProcessState {
  if (lookup === undefined) return { state: "unknown", because: `container ${name} was not inspected` };
  if (lookup === "missing") return process === undefined ? { state: "missing" } : stray(name, process);
  if ("unknown" in lookup) return { state: "unknown", because: lookup.unknown };
  if (!isOurs(lookup, storage)) return { state: "unknown", because: notOurs(name) };
  // After a clean exit, as for an upgrade, a node that is about to restart counts as running.
  if (lookup.status === "restarting" && lookup.exit_code !== 0)
    return { state: "stopped", because: endOf(lookup) };
  if (isUp(lookup)) return { state: "running", process };
  if (process !== undefined) return stray(name, process);
  return { state: "stopped", because: has_run ? endOf(lookup) : undefined };
}

/** A node in the shared container `name`. `process`: the process on this machine that uses its folder. */
export type SharedNode = {
  readonly name: string;
  readonly label: string;
  readonly storage: string;
  readonly process: ProcessIdentity | undefined;
};

/** The state of a node in a shared container. `nodes`: the nodes according to the container's init. */
export function stateOfShared(
  { name, label, storage, process }: SharedNode,
  { lookup, nodes }: { readonly lookup: ContainerLookup | undefined; readonly nodes: NodeList | undefined },
): ProcessState {
  if (lookup === undefined || lookup === "missing")
    return process === undefined ? { state: "missing" } : stray(name, process);
  if ("unknown" in lookup) return { state: "unknown", because: lookup.unknown };
  if (!isOurs(lookup, storage)) return { state: "unknown", because: notOurs(name) };
  if (!isUp(lookup)) return process === undefined ? { state: "stopped" } : stray(name, process);
  if (nodes === undefined) return { state: "unknown", because: `container ${name} is ${lookup.status}` };
  if ("unknown" in nodes) return { state: "unknown", because: nodes.unknown };
  const found = nodes.get(label);
  switch (found?.state) {
    case "running":
      return { state: "running", process };
    case "waiting":
      return found.code === 0
        ? { state: "running", process: undefined }
        : { state: "stopped", because: `exit code ${found.code}` };
    case "stopped":
      return process === undefined ? { state: "stopped" } : stray(name, process);
    default:
      return process === undefined ? { state: "missing" } : stray(name, process);
  }
}

/** "unknown", because docker may now talk to another engine, and a running node must not be started a second time. */
const stray = (name: string, { pid }: ProcessIdentity): ProcessState => ({
  state: "unknown",
  because: `process ${pid} of it runs, yet container ${name} does not know of it; does docker talk to a different engine than before?`,
});
