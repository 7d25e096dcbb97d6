import type { Machine } from "./machine.ts";
import { newNode, type SimNode } from "./sim-node.ts";

/** Seconds that a node of a bad release, or a bad node, lives. */
const SHORT_LIFE = 130;
/** systemd starts a node again after 15 s and gives up after five starts in 600 s. */
const RESTART = { after: 15, starts: 5, within: 600 } as const;

export function create({ nodes, program, scenario, name, seed }: Machine, id: number): void {
  nodes.set(id, newNode(id, program, scenario, name, seed));
}

export function start(machine: Machine, id: number): SimNode | undefined {
  const node = machine.nodes.get(id);
  if (node === undefined) return undefined;
  node.enabled = true;
  node.restart_at = undefined;
  if (node.started_at !== undefined) return node;
  machine.sums = undefined;
  node.started_at = machine.now;
  node.pid = machine.next_pid++;
  node.start_work = machine.scenario.node.start_work * (0.7 + 0.6 * machine.random.next());
  return node;
}

export function stop(machine: Machine, id: number): void {
  const node = machine.nodes.get(id);
  if (node === undefined) return;
  machine.sums = undefined;
  node.started_at = undefined;
  node.enabled = false;
  node.restart_at = undefined;
}

export function upgrade(machine: Machine, id: number, version: string): SimNode | undefined {
  const node = machine.nodes.get(id);
  if (node === undefined) return undefined;
  machine.sums = undefined;
  node.version = version;
  node.started_at = undefined;
  return start(machine, id);
}

/** Deletes the node; returns the bytes that it held. */
export function remove(machine: Machine, id: number): number {
  const held = machine.nodes.get(id)?.disk_bytes ?? 0;
  machine.nodes.delete(id);
  machine.sums = undefined;
  return held;
}

/** The node's process crashes; a supervisor starts it again. */
export function die(machine: Machine, node: SimNode): void {
  const { now } = machine;
  machine.deaths++;
  machine.sums = undefined;
  node.started_at = undefined;
  if (machine.scenario.supervisor === "setsid") return;
  const recent = node.restarts.filter((moment) => now - moment < RESTART.within);
  if (recent.length >= RESTART.starts) return;
  node.restart_at = now + RESTART.after;
  node.restarts = [...recent, now + RESTART.after];
}

/** A minute of the node's life, on a disk with so many free bytes. Returns the bytes that it has stored. */
export function liveOn(machine: Machine, node: SimNode, free: number): number {
  const { now, outage, random, scenario } = machine;
  node.noise = 0.9 * node.noise + Math.sqrt(1 - 0.9 ** 2) * 0.35 * random.normal();
  const wanted = Math.max(0, node.disk_target - node.disk_bytes) / (scenario.node.disk_days * 1440);
  const stored = Math.max(0, Math.min(free - node.reserve_bytes, wanted));
  node.disk_bytes += stored;
  const age = now - (node.started_at ?? now);
  const short_lived = machine.bad_nodes.has(node.id) || machine.bad_versions.has(node.version);
  const network_gone = outage.ended && now < outage.until && age >= 10;
  const unlucky = random.next() < scenario.node.hazard / 60;
  if (network_gone || (short_lived && age >= SHORT_LIFE) || unlucky) die(machine, node);
  return stored;
}
