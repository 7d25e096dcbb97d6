import { StillStopping } from "../../base/errors.ts";
import { graceLeft, type Node, nodeLabel, type Seconds } from "../../model/node.ts";

/** How a node may be ended now. `asked`: it was asked to end before. `left_s`: seconds until it may be ended by force. */
export type Grace = { readonly asked: boolean; readonly left_s: Seconds };

/** The time that nodes have to end: setting stop_grace, and how much of it a node has left. */
export type StopGrace = { readonly seconds: Seconds; readonly of: (node: Node) => Grace };

/** The time that nodes have to end, by the clock of this run. */
export const stopGrace = (seconds: Seconds, now: () => Seconds): StopGrace => ({
  seconds,
  of: (node) => ({
    asked: node.stopping_since !== undefined,
    left_s: graceLeft(node, seconds, now()),
  }),
});

/** Supervisors read 0 as no limit. */
export const supervisorGrace = ({ seconds }: StopGrace): Seconds => Math.max(1, seconds);

/** True when the node has time left beyond what this run waits. */
export const outlasts = ({ left_s }: Grace, wait_ms: number): boolean => left_s * 1000 > wait_ms;

/** Milliseconds that this run waits for the node's end. */
export const patience = ({ left_s }: Grace, wait_ms: number): number => Math.min(left_s * 1000, wait_ms);

/** The error for a node that still uses its time. */
export const stillStopping = (node: Node, { seconds }: StopGrace): StillStopping =>
  new StillStopping(
    `${nodeLabel(node)} was asked to end and has not ended yet; it has ${seconds} s for that (stop_grace), and a later run goes on`,
  );
