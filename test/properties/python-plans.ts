import { join } from "node:path";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import type { Snapshot } from "../../src/decide/snapshot.ts";
import type { Action } from "../../src/model/action.ts";
import type { Node } from "../../src/model/node.ts";
import type { MachineConfig } from "../../src/settings/machine.ts";
import { aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";

const STATUSES = ["RUNNING", "STOPPED", "RESTARTING", "UPGRADING", "REMOVING", "DISABLED", "DEAD"] as const;
type Status = (typeof STATUSES)[number];

/** A colony and its machine as observed once, and the plan that Python wnm made. */
export type PythonCase = {
  readonly line: string;
  readonly counts: Readonly<Record<Status, number>>;
  readonly snapshot: Snapshot;
  readonly plan: string;
};

/** The cases of the table, whose header describes its fields. */
export async function pythonCases(): Promise<readonly PythonCase[]> {
  const text = await Bun.file(join(import.meta.dir, "../fixtures/python-plans.txt")).text();
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(caseOf);
}

/** A plan in the table's words: "stop×2 remove running×1". Python wnm's plans name no nodes. */
export function inShort(plan: readonly Action[], nodes: readonly Node[]): string {
  const counts = new Map<string, number>();
  for (const action of plan) {
    const status = "node" in action ? nodes.find(({ id }) => id === action.node)?.status : undefined;
    const name = action.type === "remove" ? `remove ${status?.toLowerCase()}` : action.type;
    // Python wnm removes all dead nodes with one action.
    counts.set(name, name === "remove dead" ? 1 : (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${name}×${count}`).join(" ");
}

const numbers = (field: string): readonly number[] => (field === "" ? [] : field.split(",").map(Number));

function caseOf(line: string): PythonCase {
  const [nodes = "", limits = "", looks = "", io = "", outdated = "", upgrades, booted, plan = ""] =
    line.split(";");
  const found = numbers(nodes);
  const counts = Object.fromEntries(STATUSES.map((status, i) => [status, found[i] ?? 0])) as Record<
    Status,
    number
  >;
  const snapshot = aSnapshot({
    nodes: nodesOf(counts, Number(outdated)),
    config: { ...limitsOf(limits), ...LINES, ...(io === "" ? {} : IO_LINES) },
    metrics: { ...looksOf(looks), ...ratesOf(io) },
    rest: { upgrades: upgrades !== "", rebooted: booted !== "" },
  });
  return { line, counts, snapshot, plan };
}

/** Outdated nodes run; nodes in transition have just begun it. */
function nodesOf(counts: PythonCase["counts"], outdated: number): readonly Node[] {
  const make: Readonly<Record<Status, (id: number, i: number) => Node>> = {
    RUNNING: (id, i) => aNode(id, i < outdated ? { version: "0.4.1" } : {}),
    STOPPED: (id) => aStoppedNode(id),
    RESTARTING: (id) => aNode(id, { status: "RESTARTING", status_since: NOW }),
    UPGRADING: (id) => aNode(id, { status: "UPGRADING", status_since: NOW }),
    REMOVING: (id) => BECOMES.withoutProcess(BECOMES.removing(aNode(id), "needed", NOW)),
    DISABLED: (id) => aStoppedNode(id, { status: "DISABLED" }),
    DEAD: (id) => aStoppedNode(id, { status: "DEAD" }),
  };
  let id = 0;
  return STATUSES.flatMap((status) =>
    Array.from({ length: counts[status] }, (_, i) => make[status](++id, i)),
  );
}

const LINES: Partial<MachineConfig> = {
  ...{ cpu_less_than: 50, cpu_remove: 70, mem_less_than: 60, mem_remove: 75 },
  ...{ hd_less_than: 75, hd_remove: 90, desired_load_average: 2.4, max_load_average_allowed: 4 },
};
const IO_LINES: Partial<MachineConfig> = {
  ...{ hdio_read_less_than: 50, hdio_read_remove: 100, hdio_write_less_than: 50, hdio_write_remove: 100 },
  ...{ netio_read_less_than: 50, netio_read_remove: 100, netio_write_less_than: 50, netio_write_remove: 100 },
};

function limitsOf(field: string): Partial<MachineConfig> {
  const [node_cap = 0, upgrades = 0, starts = 0, removals = 0, operations = 0] = numbers(field);
  return {
    node_cap,
    max_concurrent_upgrades: upgrades,
    max_concurrent_starts: starts,
    max_concurrent_removals: removals,
    max_concurrent_operations: operations,
  };
}

function looksOf(field: string): Partial<Snapshot["metrics"]> {
  const [used_cpu_percent, used_mem_percent, used_hd_percent = 0, ...loads] = numbers(field);
  const [load_average_1, load_average_5, load_average_15] = loads;
  return {
    ...{ used_cpu_percent, used_mem_percent, used_hd_percent },
    ...{ load_average_1, load_average_5, load_average_15 },
    ...{ total_hd_bytes: 1e12, free_hd_bytes: (1e12 * (100 - used_hd_percent)) / 100 },
  };
}

function ratesOf(field: string): Partial<Snapshot["metrics"]> {
  const [hdio_read_bytes = 0, hdio_write_bytes = 0, netio_read_bytes = 0, netio_write_bytes = 0] =
    numbers(field);
  return { hdio_read_bytes, hdio_write_bytes, netio_read_bytes, netio_write_bytes };
}
