import { freeSlots, noSlot } from "./budget.ts";
import { nextIds, oldestFirst } from "./choose.ts";
import { diskTooSmall, overCap, reasonsNotToGrow, reasonsToShed } from "./pressure.ts";
import { startOrUpgrade } from "./revive.ts";
import type { Rule } from "./rule.ts";
import { nodesThatAre, type Snapshot } from "./snapshot.ts";

/**
 * Uses free capacity: nodes that were stopped for load start again, the oldest first and not before delay_restart;
 * when none is left, new ones are added up to node_cap.
 */
export const grow: Rule = (s) => {
  if (whyNotGrow(s).length > 0) return [];
  const slots = Math.min(freeSlots(s, "starts"), s.config.node_cap - running(s));
  const stopped = oldestFirst(restingNodes(s));
  if (stopped.length > 0) {
    return stopped.slice(0, slots).map((node) => startOrUpgrade(s, node, `there is room again: ${state(s)}`));
  }
  const ids = nextIds(s, Math.min(slots, s.config.node_cap - s.nodes.length));
  return ids.map((node) => ({
    type: "add",
    node,
    reason: `${s.nodes.length} nodes < node_cap ${s.config.node_cap}; ${state(s)}`,
  }));
};

/** Everything that speaks against growing now, with numbers; empty when nothing does. */
export function whyNotGrow(s: Snapshot): readonly string[] {
  const reasons = [...reasonsToShed(s), ...reasonsNotToGrow(s)];
  const excess = overCap(s);
  if (excess !== undefined) reasons.push(excess);
  for (const status of ["REMOVING", "UPGRADING"] as const) {
    const busy = nodesThatAre(s, status).length;
    if (busy > 0) reasons.push(`${busy} node${busy === 1 ? " is" : "s are"} ${status}`);
  }
  const slot = noSlot(s, "starts");
  if (slot !== undefined) reasons.push(slot);
  const resting = restingNodes(s);
  const lastStop = Math.max(...resting.map((node) => node.status_since));
  const held = lastStop + s.config.delay_restart - s.now;
  if (resting.length > 0 && held > 0) {
    reasons.push(`the last stop was ${s.now - lastStop} s ago < delay_restart ${s.config.delay_restart} s`);
  }
  if (resting.length > 0) return reasons;
  if (s.nodes.length >= s.config.node_cap && running(s) < s.config.node_cap) {
    reasons.push(`${s.nodes.length} nodes = node_cap ${s.config.node_cap}`);
  }
  const disk = diskTooSmall(s);
  if (disk !== undefined) reasons.push(disk);
  if (nextIds(s, 1).length === 0) reasons.push("no free port is left for another node");
  return reasons;
}

const restingNodes = (s: Snapshot) => nodesThatAre(s, "STOPPED").filter((node) => node.wanted === "stopped");

const running = (s: Snapshot): number => nodesThatAre(s, "RUNNING", "RESTARTING", "UPGRADING").length;

function state(s: Snapshot): string {
  const { metrics, config } = s;
  const percents = (["cpu", "mem", "hd"] as const).map(
    (name) => `${name} ${metrics[`used_${name}_percent`]?.toFixed(1)} % < ${config[`${name}_less_than`]} %`,
  );
  const loads = [metrics.load_average_1, metrics.load_average_5, metrics.load_average_15];
  return `${percents.join(", ")}, loads ${loads.map((load) => load?.toFixed(2)).join(" ")} < ${config.desired_load_average}`;
}
