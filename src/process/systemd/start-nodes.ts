import { CommandFailed, EndedAtOnce, StillStopping, WnmError } from "../../base/errors.ts";
import { type Node, type NodeId, nodeLabel, type ProcessIdentity } from "../../model/node.ts";
import { lastWordsIn, printedError } from "../contract/printed-error.ts";
import { withPortHolder } from "../contract/taken-port.ts";
import type { SystemdAccess } from "./access.ts";
import { enabledAtBoot } from "./node-unit.ts";
import { identityOf, isBetweenTries, isOutOfDate, isStopping, whyDown } from "./state.ts";
import type { UnitState } from "./systemctl.ts";

/** A program with a wrong flag or no free port ends within this time; then the start has failed. */
const WATCH_MS = 300;
/** A busy systemd notices the end of a process within this time. */
const NOTICE_MS = 3_000;
/** An error that the journal does not have by then was not printed. */
const WORDS_MS = 900;
/** The journal is read for this many failed starts at most: more have the same cause, and each reading takes time. */
const MOST_READ = 3;

/** A node and what systemd says of its unit. */
export type NodeState = { readonly node: Node; readonly unit: UnitState };

/** Makes systemd reload its units, at most once for many changes. */
export type Reloader = {
  /** True while units on the disk were changed or deleted since the last reload. */
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

/** What systemd says of the nodes' units, asked in one call. */
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

/** Starts many nodes with as few calls as one takes. Returns each node's process, or why it does not run. */
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
  // systemd would retry on its own; wnm retries at its own intervals.
  const retrying = failed.filter(({ unit }) => unit.ActiveState !== "inactive");
  await access.systemctl.act("stop", servicesOf(retrying));
  return results;
}

/** The nodes' states, once systemd has noticed every process that has just ended. */
async function settledStates(access: SystemdAccess, nodes: readonly Node[]): Promise<readonly NodeState[]> {
  let states = await nodeStates(access, nodes);
  for (let waited = 0; states.some(isUnsettled) && waited < NOTICE_MS; waited += WATCH_MS) {
    await access.sleep(WATCH_MS);
    states = await nodeStates(access, nodes);
  }
  return states;
}

/** Starts nodes that are down, in one call per step. Returns the message of a start that failed. */
async function bringUp(
  access: SystemdAccess,
  reloader: Reloader,
  down: readonly NodeState[],
): Promise<string | undefined> {
  const { systemctl } = access;
  if (reloader.isDue || down.some(({ unit }) => isOutOfDate(unit))) await reloader.reload();
  // systemd would delay `start` of a unit that waits for its next try.
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
    // Some of them may run all the same; the caller asks for each one's state next.
    if (!(error instanceof CommandFailed)) throw error;
    return error.message;
  }
  await access.sleep(WATCH_MS);
  return undefined;
}

const servicesOf = (states: readonly NodeState[]): readonly string[] =>
  states.map(({ node }) => node.service);

/** It has just ended, or is about to. */
const isUnsettled = ({ unit }: NodeState): boolean =>
  (unit.ActiveState === "active" && identityOf(unit) === undefined) || isStopping(unit);

/** What the node printed before it ended, behind ": "; empty without any words. */
async function lastWords(access: SystemdAccess, node: Node): Promise<string> {
  let output = await access.journal(node.service);
  // On a busy machine the journal has the last lines of a program only after its end.
  for (let waited = 0; printedError(output) === undefined && waited < WORDS_MS; waited += WATCH_MS) {
    await access.sleep(WATCH_MS);
    output = await access.journal(node.service);
  }
  return withPortHolder(lastWordsIn(output), node);
}

function startFailure({ node, unit }: NodeState, failure: string | undefined, words: string): WnmError {
  // A start would wait in systemd until the old process has ended.
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
