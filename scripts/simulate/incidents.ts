import { type Machine, summed } from "./machine.ts";
import { die, start } from "./node-life.ts";

/** The incidents that begin at this moment, and the end of a reboot. */
export function incidents(machine: Machine): void {
  const { nodes, now, outage, scenario } = machine;
  for (const incident of scenario.incidents ?? []) {
    if (Math.round(incident.at_day * 86_400) !== now) continue;
    if (incident.kind === "reboot") {
      machine.off_until = now + incident.minutes * 60;
      machine.sums = undefined;
      for (const node of nodes.values()) node.started_at = undefined;
    } else if (incident.kind === "outage") {
      outage.until = now + incident.minutes * 60;
      outage.ended = incident.nodes === "ended";
      if (outage.ended) for (const node of summed(machine).alive) die(machine, node);
    } else {
      machine.program = incident.good ? "0.4.18" : "0.4.19";
      if (!incident.good) machine.bad_versions.add(machine.program);
    }
  }
  if (machine.off_until !== 0 && now >= machine.off_until) boot(machine);
}

function boot(machine: Machine): void {
  machine.off_until = 0;
  machine.boots++;
  machine.booted_at = machine.now;
  machine.loads = [0, 0, 0];
  machine.measured = undefined;
  if (machine.scenario.supervisor !== "systemd") return;
  for (const node of machine.nodes.values()) if (node.enabled) start(machine, node.id);
}
