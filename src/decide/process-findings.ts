import type { Finding } from "../model/finding.ts";
import { type Node, type NodeId, nodeLabel } from "../model/node.ts";
import type { Observation } from "../model/observation.ts";
import { strangerOf } from "./lifecycle/deaths.ts";

/** How many nodes a sentence names before it only counts them. */
const MOST_NAMED = 5;

/** Commands for this machine: one that shows who holds a port, and one run as root. */
export type Advice = {
  readonly portHolderCommand: (port: number) => string;
  readonly asRoot: (command: string) => string;
};

/** Findings about nodes' processes: hidden ones, and other programs in their place. Pure. */
export function processFindings(
  nodes: readonly Node[],
  seen: ReadonlyMap<NodeId, Observation>,
  { portHolderCommand, asRoot }: Advice,
): readonly Finding[] {
  const hidden = new Map<string, Node[]>();
  const findings: Finding[] = [];
  for (const node of nodes) {
    const observation = seen.get(node.id);
    if (observation === undefined) continue;
    const state = observation.process;
    if (state.state === "unknown" && state.hidden === true)
      hidden.set(state.because, [...(hidden.get(state.because) ?? []), node]);
    const stranger = strangerOf(observation);
    if (stranger === undefined) continue;
    const how = state.state === "running" ? "runs" : "has no process";
    findings.push({
      key: "stranger-on-port",
      severity: "bad",
      sentence: `${nodeLabel(node)} ${how}, and ${stranger}`,
      cure: portHolderCommand(observation.shown_on),
      node: node.id,
    });
  }
  for (const [because, unseen] of hidden) {
    const named = unseen.slice(0, MOST_NAMED).map(nodeLabel).join(", ");
    const more = unseen.length > MOST_NAMED ? ` and ${unseen.length - MOST_NAMED} more` : "";
    findings.push({
      key: "process-hidden",
      subject: because,
      severity: "bad",
      sentence: `It cannot be seen whether ${named}${more} run, so nothing is done to them: ${because}. Run wnm as root, or let this account see all of /proc`,
      cure: asRoot("mount -o remount,hidepid=0 /proc"),
    });
  }
  return findings;
}
