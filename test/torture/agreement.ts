import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { listProcesses, livingProcess } from "../../src/os/process-id.ts";
import type { Wnm } from "../support/wnm.ts";

/** Folders whose node lives, by name; a name that stands twice is a node that runs twice. */
export const livingNodes = (wnm: Wnm): readonly string[] =>
  (listProcesses() ?? [])
    .filter(({ pid, argv }) => argv[0]?.startsWith(`${wnm.base}/node/`) && livingProcess(pid) !== undefined)
    .map(({ argv }) => argv[0]?.split("/").at(-2) ?? "")
    .toSorted();

const folders = (path: string): readonly string[] =>
  existsSync(path)
    ? readdirSync(path)
        .filter((name) => name.startsWith("antnode"))
        .toSorted()
    : [];

/** Everything in which database, processes and folders disagree; empty when they tell the same story. */
export function disagreements(wnm: Wnm): readonly string[] {
  const rows = wnm.nodes().map((row) => ({
    label: `antnode${row.node_name}`,
    status: String(row.status),
    ports: [row.port, row.metrics_port],
  }));
  const living = livingNodes(wnm);
  const labels = rows.map((row) => row.label).toSorted();
  const problems: string[] = [];
  const compare = (what: string, found: readonly string[], expected: readonly string[]) => {
    if (found.join() !== expected.join())
      problems.push(`${what}: ${found.join(" ") || "none"}, but rows say ${expected.join(" ") || "none"}`);
  };
  compare("data folders", folders(join(wnm.base, "node")), labels);
  compare("log folders", folders(join(wnm.base, "logs")), labels);
  compare(
    "processes",
    living,
    rows
      .filter((row) => ["RUNNING", "RESTARTING", "UPGRADING"].includes(row.status))
      .map((row) => row.label)
      .toSorted(),
  );
  const ports = rows.flatMap((row) => row.ports);
  if (new Set(ports).size !== ports.length) problems.push(`a port is used twice: ${ports.join(" ")}`);
  for (const row of rows) {
    if (!existsSync(join(wnm.base, "node", row.label, "antnode")))
      problems.push(`${row.label} has no program`);
  }
  return problems;
}

/**
 * Makes the last sample old enough to compare with, so that a run does not spend a second on measuring, and makes the
 * machine look idle since then, however busy the tests keep it.
 */
export const ageSample = (wnm: Wnm): void =>
  wnm.sql(
    "UPDATE sample SET uptime = uptime - 10, taken_at = taken_at - 10, cpu_total = cpu_total - 1000000, cpu_idle = cpu_idle - 1000000",
  );
