import type { Database } from "bun:sqlite";
import type { Container } from "../model/container.ts";
import type { Counters } from "../model/host.ts";
import type { Node, NodeId, SoftwareKind } from "../model/node.ts";
import type { RunRecord } from "../model/run-record.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { BinaryRecord } from "../software/binary.ts";
import { dropContainer, readContainers, saveContainer } from "./containers.ts";
import { openDatabase, openToRead } from "./database.ts";
import { readMachine, updateMachine } from "./machine.ts";
import { dropNode, type Rows, readNodes, saveNodes } from "./nodes.ts";
import { explained } from "./sentences.ts";

/** What a run learned and keeps, written in one transaction. */
export type Changes = {
  readonly settings?: Partial<MachineConfig>;
  readonly nodes?: readonly Node[];
  readonly containers?: readonly Container[];
  readonly sample?: Counters;
  readonly binaries?: readonly BinaryRecord[];
  readonly run?: RunRecord;
  readonly storage?: { readonly path: string; readonly id: string };
  /** A version that failed its probation, and one that a hand wants tried again. */
  readonly bad_version?: { readonly version: string; readonly because: string; readonly since: number };
  readonly good_version?: string;
};

/** The colony's memory. */
export type Store = Disposable & {
  machine(): Partial<MachineConfig> | undefined;
  nodes(): readonly Node[];
  containers(): readonly Container[];
  sample(): Counters | undefined;
  binary(path: string): BinaryRecord | undefined;
  /** How the last working run ended; undefined before the first. */
  run(): RunRecord | undefined;
  /** Folders that hold nodes, with the identity of each. */
  storages(): readonly { readonly path: string; readonly id: string }[];
  /** Versions that failed their probation, each with the reason. */
  badVersions(): ReadonlyMap<string, string>;
  save(changes: Changes): void;
  drop(id: NodeId): void;
  dropContainer(id: number): void;
};

/** Opens the colony to work on it. Throws NotInitialised, or WnmError with advice. */
export const openStore = (path: string): Store => storeOn(openDatabase(path), path);

/** Opens the colony only to look; `save` and `drop` fail. */
export const openStoreToRead = (path: string): Store => storeOn(openToRead(path), path);

function storeOn(db: Database, path: string): Store {
  const rows: Rows = new Map();
  // What is asked for again is not read again: nobody else writes while a run holds the lock.
  const memory = new Map<keyof Store, unknown>();
  const remembered =
    <T>(name: keyof Store, read: (db: Database) => T) =>
    (): T => {
      if (!memory.has(name))
        memory.set(
          name,
          explained(path, () => read(db)),
        );
      return memory.get(name) as T;
    };
  const machine = remembered("machine", readMachine);
  const save = (changes: Changes): void => {
    memory.clear();
    try {
      saveChanges(db, changes, rows);
    } catch (error) {
      // Nothing of it was stored: what is, is not known any more.
      rows.clear();
      throw error;
    }
  };
  return {
    machine,
    nodes: () => explained(path, () => readNodes(db, machine()?.process_manager, rows)),
    containers: () => explained(path, () => readContainers(db)),
    sample: remembered("sample", readSample),
    run: () => explained(path, () => readRun(db)),
    binary: (program) => explained(path, () => readBinary(db, program)),
    storages: remembered("storages", readStorages),
    badVersions: () => explained(path, () => readBadVersions(db)),
    save: (changes) => explained(path, () => save(changes)),
    drop: (id) => explained(path, () => dropNode(db, id, rows)),
    dropContainer: (id) => explained(path, () => dropContainer(db, id)),
    [Symbol.dispose]: () => db.close(),
  };
}

/** Writes everything that a run learned, all or nothing. `rows` are the nodes' rows, as far as they are known. */
export function saveChanges(db: Database, changes: Changes, rows: Rows = new Map()): void {
  db.transaction(() => {
    if (changes.settings !== undefined) updateMachine(db, changes.settings);
    for (const container of changes.containers ?? []) saveContainer(db, container);
    saveNodes(db, changes.nodes ?? [], rows);
    if (changes.sample !== undefined) saveSample(db, changes.sample);
    for (const record of changes.binaries ?? []) saveBinary(db, record);
    if (changes.run !== undefined) saveRun(db, changes.run);
    if (changes.storage !== undefined) {
      db.query("INSERT OR REPLACE INTO storage (path, id) VALUES (?, ?)").run(
        changes.storage.path,
        changes.storage.id,
      );
    }
    if (changes.bad_version !== undefined) {
      const { version, because, since } = changes.bad_version;
      db.query("INSERT OR REPLACE INTO bad_version (version, because, since) VALUES (?, ?, ?)").run(
        version,
        because,
        since,
      );
    }
    if (changes.good_version !== undefined)
      db.query("DELETE FROM bad_version WHERE version = ?").run(changes.good_version);
  }).immediate();
}

const readStorages = (db: Database): ReturnType<Store["storages"]> =>
  db.query<{ path: string; id: string }, []>("SELECT path, id FROM storage").all();

const SAMPLE_COLUMNS = [
  "boot_id",
  "taken_at",
  "uptime",
  "cpu_total",
  "cpu_idle",
  "cpu_iowait",
  "disk_read_bytes",
  "disk_write_bytes",
  "net_read_bytes",
  "net_write_bytes",
] as const satisfies readonly (keyof Counters)[];

function readSample(db: Database): Counters | undefined {
  const row = db.query<Record<string, number | string | null>, []>("SELECT * FROM sample").get();
  if (row === null) return undefined;
  return Object.fromEntries(SAMPLE_COLUMNS.map((name) => [name, row[name] ?? undefined])) as Counters;
}

function saveSample(db: Database, sample: Counters): void {
  const marks = SAMPLE_COLUMNS.map(() => "?").join(", ");
  const values = SAMPLE_COLUMNS.map((name) => sample[name] ?? null);
  db.query(`INSERT OR REPLACE INTO sample (id, ${SAMPLE_COLUMNS.join(", ")}) VALUES (1, ${marks})`).run(
    ...values,
  );
}

function readBinary(db: Database, path: string): BinaryRecord | undefined {
  const row = db
    .query<
      { path: string; fingerprint: string; software: SoftwareKind; version: string; flags: string },
      [string]
    >("SELECT path, fingerprint, software, version, flags FROM binary WHERE path = ?")
    .get(path);
  return row === null ? undefined : { ...row, flags: row.flags.split(" ") };
}

function saveBinary(db: Database, record: BinaryRecord): void {
  db.query(
    "INSERT OR REPLACE INTO binary (path, fingerprint, software, version, flags) VALUES (?, ?, ?, ?, ?)",
  ).run(record.path, record.fingerprint, record.software, record.version, record.flags.join(" "));
}

const readBadVersions = (db: Database): ReadonlyMap<string, string> =>
  new Map(
    db
      .query<{ version: string; because: string }, []>("SELECT version, because FROM bad_version")
      .all()
      .map(({ version, because }) => [version, because]),
  );
const readRun = (db: Database): RunRecord | undefined =>
  db.query<RunRecord, []>("SELECT ended_at, duration_ms, status, done, failed FROM last_run").get() ??
  undefined;

function saveRun(db: Database, run: RunRecord): void {
  db.query(
    "INSERT OR REPLACE INTO last_run (id, ended_at, duration_ms, status, done, failed) VALUES (1, ?, ?, ?, ?, ?)",
  ).run(run.ended_at, run.duration_ms, run.status, run.done, run.failed);
}
