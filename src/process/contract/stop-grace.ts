import { StillStopping } from "../../base/errors.ts";
import { graceLeft, type Node, nodeLabel, type Seconds } from "../../model/node.ts";

/** How to stop a node now. `asked`: it has already been asked to end. `left_s`: seconds until it may be killed. */
export type Grace = { readonly asked: boolean; readonly left_s: Seconds };

/** The stop_grace setting, and how much of it a node has left. */
export type StopGrace = { readonly seconds: Seconds; readonly of: (node: Node) => Grace };

/** Computes the remaining stop_grace by this run's clock. */
export const stopGrace = (seconds: Seconds, now: () => Seconds): StopGrace => ({
  seconds,
  of: (node) => ({
    asked: node.stopping_since !== undefined,
    left_s: graceLeft(node, seconds, now()),
  }),
});

/** The timeout to give a supervisor; at least 1, because 0 means no limit there. */
export const supervisorGrace = ({ seconds }: StopGrace): Seconds => Math.max(1, seconds);

/** True when the node's remaining time exceeds what this run waits. */
export const outlasts = ({ left_s }: Grace, wait_ms: number): boolean => left_s * 1000 > wait_ms;

/** Milliseconds that this run waits for the node to end. */
export const patience = ({ left_s }: Grace, wait_ms: number): number => Math.min(left_s * 1000, wait_ms);

/** The error for a node that is still within its stop_grace. */
export const stillStopping = (node: Node, { seconds }: StopGrace): StillStopping =>
  new StillStopping(
    `${nodeLabel(node)} was asked to end and has not ended yet; it has ${seconds} s for that (stop_grace), and a later run goes on`,
  );
