import { CommandFailed, EndedAtOnce, StillStopping, WnmError } from "../../base/errors.ts";
import { type Node, type NodeId, nodeLabel, type ProcessIdentity } from "../../model/node.ts";
import { lastWordsIn, printedError } from "../contract/printed-error.ts";
import { withPortHolder } from "../contract/taken-port.ts";
import type { SystemdAccess } from "./access.ts";
import { enabledAtBoot } from "./node-unit.ts";
import { identityOf, isBetweenTries, isOutOfDate, isStopping, whyDown } from "./state.ts";
import type { UnitState } from "./systemctl.ts";

/** A start has failed if the program exits within this time, as with a wrong flag or no free port. */
const WATCH_MS = 300;
/** Even a busy systemd notices the end of a process within this time. */
const NOTICE_MS = 3_000;
/** How long to wait for a node's error to appear in the journal. */
const WORDS_MS = 900;
/** The journal is read for at most this many failed starts: more share the same cause, and each read takes time. */
const MOST_READ = 3;

/** A node and the state of its unit. */
export type NodeState = { readonly node: Node; readonly unit: UnitState };

/** Makes systemd reload its units, once for many changes. */
export type Reloader = {
  /** True when units were changed or deleted on disk since the last reload. */
  isDue: boolean;
  reload(): Promise<void>;
};

/** A reloader for one systemd. */
export function reloaderOf({ systemctl }: SystemdAccess): Reloader {
  const reloader: Reloader = {
    isDue: false,
    async reload() {
      await systemctl.reload();
      reloader.isDue = false;
    },
  };
  return reloader;
}

/** The states of the nodes' units, queried in one call. */
export async function nodeStates(
  { systemctl }: SystemdAccess,
  nodes: readonly Node[],
): Promise<readonly NodeState[]> {
  const units = await systemctl.show(nodes.map(({ service }) => service));
  return nodes.flatMap((node, i) => {
    const unit = units[i];
    return unit === undefined ? [] : { node, unit };
  });
}

/** Starts many nodes in as few calls as for one. Returns each node's process, or why it does not run. */
export async function startNodes(
  access: SystemdAccess,
  reloader: Reloader,
  nodes: readonly Node[],
): Promise<ReadonlyMap<NodeId, ProcessIdentity | WnmError>> {
  const down = (await settledStates(access, nodes)).filter(
    ({ unit }) => identityOf(unit) === undefined && !isStopping(unit),
  );
  const failure = down.length === 0 ? undefined : await bringUp(access, reloader, down);
  const results = new Map<NodeId, ProcessIdentity | WnmError>();
  const failed: NodeState[] = [];
  for (const state of await settledStates(access, nodes)) {
    const process = identityOf(state.unit);
    const is_down = process === undefined && !isStopping(state.unit);
    if (is_down) failed.push(state);
    const words = is_down && failed.length <= MOST_READ ? await lastWords(access, state.node) : "";
    results.set(state.node.id, process ?? startFailure(state, failure, words));
  }
  // Stops systemd's own retries; wnm retries with its own back-off.
  const retrying = failed.filter(({ unit }) => unit.ActiveState !== "inactive");
  await access.systemctl.act("stop", servicesOf(retrying));
  return results;
}

/** The nodes' states, after waiting until systemd has noticed every process that has just ended. */
async function settledStates(access: SystemdAccess, nodes: readonly Node[]): Promise<readonly NodeState[]> {
  let states = await nodeStates(access, nodes);
  for (let waited = 0; states.some(isUnsettled) && waited < NOTICE_MS; waited += WATCH_MS) {
    await access.sleep(WATCH_MS);
    states = await nodeStates(access, nodes);
  }
  return states;
}

/** Starts nodes that are down, in one call per step. Returns the error message of a failed start. */
async function bringUp(
  access: SystemdAccess,
  reloader: Reloader,
  down: readonly NodeState[],
): Promise<string | undefined> {
  const { systemctl } = access;
  if (reloader.isDue || down.some(({ unit }) => isOutOfDate(unit))) await reloader.reload();
  // systemd would delay the start of a unit that waits for its next retry.
  await systemctl.act("stop", servicesOf(down.filter(({ unit }) => isBetweenTries(unit))));
  // Earlier starts and failures must not count against the start limit.
  await systemctl.act("resetFailed", servicesOf(down));
  await systemctl.act(
    "enable",
    servicesOf(down.filter(({ node }) => enabledAtBoot(access, node) !== "present")),
  );
  try {
    await systemctl.act("start", servicesOf(down));
  } catch (error) {
    // Some of them may run nevertheless; the caller checks each one's state next.
    if (!(error instanceof CommandFailed)) throw error;
    return error.message;
  }
  await access.sleep(WATCH_MS);
  return undefined;
}

const servicesOf = (states: readonly NodeState[]): readonly string[] =>
  states.map(({ node }) => node.service);

/** True when the process has just ended or is about to. */
const isUnsettled = ({ unit }: NodeState): boolean =>
  (unit.ActiveState === "active" && identityOf(unit) === undefined) || isStopping(unit);

/** The node's last output, prefixed with ": "; "" when there is none. */
async function lastWords(access: SystemdAccess, node: Node): Promise<string> {
  let output = await access.journal(node.service);
  // On a busy machine a program's last lines reach the journal after it has ended.
  for (let waited = 0; printedError(output) === undefined && waited < WORDS_MS; waited += WATCH_MS) {
    await access.sleep(WATCH_MS);
    output = await access.journal(node.service);
  }
  return withPortHolder(lastWordsIn(output), node);
}

function startFailure({ node, unit }: NodeState, failure: string | undefined, words: string): WnmError {
  // The start would block in systemd until the old process has ended.
  if (isStopping(unit))
    return new StillStopping(
      `${nodeLabel(node)} is not started: systemd is still stopping it (${unit.SubState})`,
    );
  const because = whyDown(unit);
  return because === undefined && failure !== undefined
    ? new WnmError(`${nodeLabel(node)} does not start: ${failure}`)
    : new EndedAtOnce(
        `${nodeLabel(node)} ended at once: ${because ?? `systemd calls it ${unit.ActiveState}`}${words}`,
      );
}
