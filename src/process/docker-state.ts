import type { ProcessIdentity } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import { endOf, notOurs } from "./docker-containers.ts";
import type { Look } from "./docker-engine.ts";
import { isOurs, isUp, type readList } from "./docker-inspect.ts";

/** A node that is a container. `has_run`: why it is down is of interest. */
export type OwnNode = { readonly name: string; readonly storage: string; readonly has_run: boolean };

/** What the engine's words on the container of a node mean for it. `process`: what works on its folder here. */
export function stateOfOwn(
  { name, storage, has_run }: OwnNode,
  look: Look | undefined,
  process: ProcessIdentity | undefined,
): ProcessState {
  if (look === undefined) return { state: "unknown", because: `container ${name} was not looked at` };
  if (look === "missing") return process === undefined ? { state: "missing" } : stray(name, process);
  if ("unknown" in look) return { state: "unknown", because: look.unknown };
  if (!isOurs(look, storage)) return { state: "unknown", because: notOurs(name) };
  // Between two lives: after a good end, as for an upgrade, it is as good as running.
  if (look.status === "restarting" && look.exit_code !== 0) return { state: "stopped", because: endOf(look) };
  if (isUp(look)) return { state: "running", process };
  if (process !== undefined) return stray(name, process);
  return { state: "stopped", because: has_run ? endOf(look) : undefined };
}

/** What the init of a shared container says of its nodes. */
export type Inside = ReturnType<typeof readList> | { readonly unknown: string };

/** A node of the container `name`. `process`: what works on its folder here. */
export type SharedNode = {
  readonly name: string;
  readonly label: string;
  readonly storage: string;
  readonly process: ProcessIdentity | undefined;
};

/** What the engine's words on a shared container, and those of its init, mean for one of its nodes. */
export function stateOfShared(
  { name, label, storage, process }: SharedNode,
  { look, inside }: { readonly look: Look | undefined; readonly inside: Inside | undefined },
): ProcessState {
  if (look === undefined || look === "missing")
    return process === undefined ? { state: "missing" } : stray(name, process);
  if ("unknown" in look) return { state: "unknown", because: look.unknown };
  if (!isOurs(look, storage)) return { state: "unknown", because: notOurs(name) };
  if (!isUp(look)) return process === undefined ? { state: "stopped" } : stray(name, process);
  if (inside === undefined) return { state: "unknown", because: `container ${name} is ${look.status}` };
  if ("unknown" in inside) return { state: "unknown", because: inside.unknown };
  const found = inside.get(label);
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

/** As after a change to another engine: what runs is not to be started a second time. */
const stray = (name: string, { pid }: ProcessIdentity): ProcessState => ({
  state: "unknown",
  because: `process ${pid} of it runs, yet container ${name} does not know of it; does docker talk to another engine than before?`,
});
