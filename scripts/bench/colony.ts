import { Database } from "bun:sqlite";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCounters } from "../../src/host/linux.ts";
import { type Node, type NodeId, nodeLabel, nodeName, type SoftwareKind } from "../../src/model/node.ts";
import { listProcesses, livingProcess } from "../../src/os/processes/identity.ts";
import { saveChanges } from "../../src/store/changes.ts";
import { buildAntnode } from "../../test/fixtures/build-antnode.ts";
import { aNode } from "../../test/support/builders.ts";
import { HELD_BY_ANT_NODE, makeAntNodeFiles } from "./ant-node-files.ts";
import { type Fleet, PORT_BLOCK } from "./fleet.ts";

/** A home folder with a colony whose nodes are the fleet's ports. */
export type Colony = Disposable & {
  readonly home: string;
  /** Label of a stopped node of its own folder and program, beside the fleet's. */
  readonly stopped: string;
  /** Brings the database back to its first state, with a sample that is fresh, and ends nodes that were started. */
  reset(state: ColonyState): void;
};

/** The fleet as it is; with a place for one more; with one more that is stopped. */
export type ColonyState = "full" | "room" | "one stopped";

/** Ticks of an idle minute, for each processor. */
const IDLE_SECONDS = 60;
const TICKS = 100;
const MOST_SURVEYS = 20;

/** Makes a colony of nodes of one generation, "antnode" or "ant-node". */
export async function makeColony(
  wnm: string,
  fleet: Fleet,
  software: SoftwareKind = "antnode",
): Promise<Colony> {
  const home = mkdtempSync(join(tmpdir(), "wnm-bench-home-"));
  const base = join(home, ".local/share/autonomi");
  const database = join(base, "colony.db");
  const program = await buildAntnode(join(home, ".local/bin/antnode"));
  await initialise(wnm, home, fleet);
  const stopped = stoppedNode(base, fleet);
  insertNodes(database, base, fleet, software);
  await surveyAll(wnm, home, database, fleet);
  const untouched = join(home, "untouched.db");
  for (const suffix of ["", "-wal"]) copyFileSync(database + suffix, untouched + suffix);
  return {
    home,
    stopped: nodeLabel(stopped),
    reset(state) {
      endProcessesBelow(base);
      for (const suffix of ["", "-wal", "-shm"]) rmSync(database + suffix, { force: true });
      for (const folder of ["node", "logs"])
        rmSync(join(base, folder, nodeLabel(stopped)), { recursive: true, force: true });
      copyFileSync(untouched, database);
      if (state === "one stopped") {
        makeFolder(stopped);
        mkdirSync(stopped.log_dir ?? "");
        copyFileSync(program, stopped.binary);
      }
      change(database, (db) => {
        if (state !== "full") db.run("UPDATE machine SET node_cap = node_cap + 1");
        saveChanges(db, { nodes: state === "one stopped" ? [stopped] : [], sample: sampleOfAnIdleMinute() });
      });
      // The log that a run leaves behind is empty and has its blocks.
      copyFileSync(`${untouched}-wal`, `${database}-wal`);
    },
    [Symbol.dispose]() {
      endProcessesBelow(base);
      rmSync(home, { recursive: true });
    },
  };
}

/**
 * Surveys until every node has answered, which on a busy machine may take more than one run. A survey also remembers
 * what program the nodes have; from then on an idle run is idle.
 */
async function surveyAll(wnm: string, home: string, database: string, fleet: Fleet): Promise<void> {
  for (let tries = 0; tries < MOST_SURVEYS; tries++) {
    await succeed(wnm, ["--force_action", "survey"], home);
    if (!fleet.faultless || silentNodes(database) === 0) return;
  }
  throw new Error(`Nodes of the fleet stayed silent in ${MOST_SURVEYS} surveys`);
}

function silentNodes(database: string): number {
  using db = new Database(database, { readonly: true });
  const row = db
    .query<{ count: number }, []>("SELECT COUNT(*) AS count FROM node WHERE silent_since IS NOT NULL")
    .get();
  return row?.count ?? 0;
}

function change(database: string, work: (db: Database) => void): void {
  using db = new Database(database, { readwrite: true, create: false });
  work(db);
}

async function initialise(wnm: string, home: string, fleet: Fleet): Promise<void> {
  const settings = {
    rewards_address: "donate",
    process_manager: "setsid+user",
    no_upnp: "true",
    node_cap: Math.max(fleet.count, 1),
    metrics_port_start: fleet.block,
    rpc_port_start: fleet.block + 11,
    port_start: fleet.block + PORT_BLOCK,
    cpu_less_than: 99,
    cpu_remove: 100,
    mem_less_than: 99,
    mem_remove: 100,
    hd_less_than: 99,
    hd_remove: 100,
    crisis_bytes: 0,
    desired_load_average: 90_000,
    max_load_average_allowed: 99_999,
    // Silent nodes stay: the rounds compare surveys, not restarts.
    delay_restart: 86_400,
  };
  const given = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  await succeed(wnm, ["--init", ...given], home);
}

async function succeed(wnm: string, args: readonly string[], home: string): Promise<void> {
  const child = Bun.spawn([wnm, ...args], {
    env: { HOME: home },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const [stderr, code] = await Promise.all([child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`wnm ${args.join(" ")} failed: ${stderr}`);
}

function nodeOf(id: number, base: string, fleet: Fleet): Node {
  const label = nodeLabel({ id: id as NodeId });
  const root_dir = join(base, "node", label);
  const now = Math.floor(Date.now() / 1000);
  return {
    ...aNode(id),
    manager_type: "setsid+user",
    node_name: nodeName(id as NodeId),
    service: `${label}.service`,
    binary: join(root_dir, "antnode"),
    version: "0.4.17",
    peer_id: "12D3KooWMDqtXsSEbuWZ5wdrr3Ai6rUWJta6yBgutJaJXusSujuu",
    root_dir,
    log_dir: join(base, "logs", label),
    port: (fleet.block + PORT_BLOCK) * 1000 + id,
    metrics_port: fleet.block * 1000 + id,
    rpc_port: (fleet.block + 11) * 1000 + id,
    status: "RUNNING",
    wanted: "running",
    status_since: now - 7200,
    born_at: now - 86_400 + id,
  };
}

function stoppedNode(base: string, fleet: Fleet): Node {
  const node = nodeOf(fleet.count + 1, base, fleet);
  return { ...node, status: "STOPPED", wanted: "stopped" };
}

/** A node's folder as it is after its first start: with its key. */
function makeFolder({ root_dir }: Node): void {
  mkdirSync(root_dir);
  writeFileSync(join(root_dir, "secret-key"), crypto.getRandomValues(new Uint8Array(32)));
}

/** Every node's recorded process is the fleet, which is alive, so a survey looks no further. */
function insertNodes(database: string, base: string, fleet: Fleet, software: SoftwareKind): void {
  const process = livingProcess(fleet.pid);
  if (process === undefined) throw new Error("the fleet has ended");
  const { pid, pid_started, boot_id } = process;
  const nodes = Array.from({ length: fleet.count }, (_, index) => ({
    ...nodeOf(index + 1, base, fleet),
    ...(software === "ant-node" ? HELD_BY_ANT_NODE : {}),
    pid,
    pid_started,
    boot_id,
  }));
  for (const node of nodes) software === "ant-node" ? makeAntNodeFiles(node) : makeFolder(node);
  using db = new Database(database, { readwrite: true, create: false });
  saveChanges(db, { nodes });
}

/** What the last run would have measured a minute ago, had the machine been idle since. */
function sampleOfAnIdleMinute() {
  const counters = readCounters(undefined);
  const ticks = IDLE_SECONDS * TICKS * navigator.hardwareConcurrency;
  return {
    ...counters,
    uptime: counters.uptime - IDLE_SECONDS,
    taken_at: counters.taken_at - IDLE_SECONDS,
    cpu_total: (counters.cpu_total ?? 0) - ticks,
    cpu_idle: (counters.cpu_idle ?? 0) - ticks,
  };
}

function endProcessesBelow(base: string): void {
  for (const { pid, argv } of listProcesses() ?? []) {
    if (argv[0]?.startsWith(`${base}/`)) process.kill(pid, "SIGKILL");
  }
}
