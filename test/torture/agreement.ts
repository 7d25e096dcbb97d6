import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { listProcesses, livingProcess } from "../../src/os/processes/identity.ts";
import type { Wnm } from "../support/wnm.ts";

/** The part of a node's row in the colony's database that can be observed from outside. */
export type Row = {
  readonly id: number;
  /** Its name outside: the name of its folder. */
  readonly label: string;
  readonly status: string;
  /** Whether it should run, even if it does not: what lets it restart must be there. */
  readonly wanted: boolean;
  readonly root_dir: string;
  readonly binary: string;
  readonly version: string;
  /** When it was created: the youngest is given up first. */
  readonly born_at: number;
  readonly ports: readonly number[];
};

/** What can be observed of a manager's nodes: lists of names. A name that is found twice is listed twice. */
export type Outside = {
  /** What every node of the colony has, and no other node: folders, definitions … */
  readonly of_each: Readonly<Record<string, readonly string[]>>;
  /** What nodes have exactly while they run: processes … */
  readonly of_running: Readonly<Record<string, readonly string[]>>;
  /** What nodes have exactly while they are meant to run: openings in the firewall, links that start them at boot … */
  readonly of_wanted?: Readonly<Record<string, readonly string[]>>;
  /** Nodes that their supervisor is about to restart: they may or may not be running. */
  readonly between_tries?: readonly string[];
  /** Leftovers that nothing would ever delete. */
  readonly left_behind: readonly string[];
};

/** The rows of the table of nodes, as used to judge agreement. */
export const rowsOf = (nodes: readonly Readonly<Record<string, unknown>>[]): readonly Row[] =>
  nodes.map((row) => ({
    id: Number(row.id),
    label: basename(String(row.root_dir)),
    status: String(row.status),
    wanted: row.wanted === "running",
    root_dir: String(row.root_dir),
    binary: String(row.binary),
    version: String(row.version),
    born_at: Number(row.age),
    ports: [row.port, row.metrics_port, row.rpc_port].map(Number),
  }));

const runs = ({ status }: Row): boolean => ["RUNNING", "RESTARTING", "UPGRADING"].includes(status);

/** All differences between the rows and the outside; empty if they agree. */
export function differences(rows: readonly Row[], outside: Outside): readonly string[] {
  const problems: string[] = [...outside.left_behind.map((what) => `left behind: ${what}`)];
  const compare = (what: string, found: readonly string[], nodes: readonly Row[]) => {
    const [there, expected] = [found.toSorted(), nodes.map(({ label }) => label).toSorted()];
    if (there.join() !== expected.join())
      problems.push(`${what}: ${there.join(" ") || "none"}, but rows say ${expected.join(" ") || "none"}`);
  };
  for (const [what, found] of Object.entries(outside.of_each)) compare(what, found, rows);
  const settled = ({ label }: { readonly label: string }) => !outside.between_tries?.includes(label);
  for (const [what, found] of Object.entries(outside.of_running)) {
    const there = found.filter((label) => settled({ label }));
    compare(what, there, rows.filter(runs).filter(settled));
  }
  // A node that is down and waits for its next try may have or lack what its next start creates.
  const waits = new Set(rows.filter((row) => row.wanted && !runs(row)).map(({ label }) => label));
  for (const [what, found] of Object.entries(outside.of_wanted ?? {})) {
    const there = found.filter((label) => !waits.has(label));
    compare(
      what,
      there,
      rows.filter(({ wanted, label }) => wanted && !waits.has(label)),
    );
  }
  const ports = rows.flatMap((row) => row.ports);
  if (new Set(ports).size !== ports.length) problems.push(`a port is used twice: ${ports.join(" ")}`);
  for (const row of rows) {
    if (!existsSync(row.binary)) problems.push(`${row.label} has no program`);
  }
  return problems;
}

/** Folders of nodes whose process lives, by name; a name that appears twice is a node that runs twice. */
export const livingIn = (storage: string): readonly string[] =>
  (listProcesses() ?? []).flatMap(({ pid, argv }) => {
    const folder = argv.includes("--root-dir") ? (argv[argv.indexOf("--root-dir") + 1] ?? "") : "";
    // A container has its own process before its node's, with the node's arguments.
    return folder.startsWith(`${storage}/`) &&
      argv[0]?.startsWith(`${folder}/`) &&
      livingProcess(pid) !== undefined
      ? [basename(folder)]
      : [];
  });

/** Names in a folder that begin like those of nodes; none if there is no such folder. */
export const nodesIn = (path: string): readonly string[] =>
  existsSync(path)
    ? readdirSync(path)
        .filter((name) => name.startsWith("antnode"))
        .toSorted()
    : [];

/** The identity of the node in this folder; undefined before it has run. */
export const keyIn = (root_dir: string): string | undefined => {
  try {
    return readFileSync(join(root_dir, "secret-key"), "base64");
  } catch {
    return undefined;
  }
};

/** Folders whose node lives, by name; a name that appears twice is a node that runs twice. */
export const livingNodes = (wnm: Wnm): readonly string[] => livingIn(join(wnm.base, "node")).toSorted();

/** All differences between database, processes and folders of a setsid colony. */
export const disagreements = (wnm: Wnm): readonly string[] =>
  differences(rowsOf(wnm.nodes()), {
    of_each: {
      "data folders": nodesIn(join(wnm.base, "node")),
      "log folders": nodesIn(join(wnm.base, "logs")),
    },
    of_running: { processes: livingNodes(wnm) },
    left_behind: [],
  });

/**
 * Makes the last sample old enough for a comparison, so that a run does not spend a second on measuring, and makes the
 * machine look idle since then, however busy the tests keep it.
 */
export const AGE_SAMPLE =
  "UPDATE sample SET uptime = uptime - 10, taken_at = taken_at - 10, cpu_total = cpu_total - 1000000, cpu_idle = cpu_idle - 1000000";

/** Ages the colony's sample. */
export const ageSample = (wnm: Pick<Wnm, "sql">): void => wnm.sql(AGE_SAMPLE);
