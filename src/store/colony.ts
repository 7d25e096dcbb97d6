import type { Database } from "bun:sqlite";
import { dirname } from "node:path";
import type { Container } from "../model/container.ts";
import type { Hour, HourRuns, MachineDay, NodeDay, Tally } from "../model/days.ts";
import type { DiskHistory } from "../model/disk.ts";
import type { ColonyEvent, EventFilter } from "../model/event.ts";
import type { OpenFinding } from "../model/finding.ts";
import type { History } from "../model/history.ts";
import type { Counters } from "../model/host.ts";
import type { Node, NodeId, Seconds } from "../model/node.ts";
import type { RunRecord } from "../model/run-record.ts";
import { dropBallast } from "../os/files/ballast.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Unreadable } from "../settings/unreadable.ts";
import type { KnownPrograms } from "../software/program-memory.ts";
import { problemIn } from "./backup.ts";
import { readBadVersions } from "./bad-versions.ts";
import { type Changes, saveChanges } from "./changes.ts";
import { dropContainer, readContainers } from "./containers.ts";
import { applyMode, closeDatabase, openDatabase } from "./database.ts";
import { readMachineDays } from "./days.ts";
import { readEvents } from "./events.ts";
import { readFindings } from "./findings.ts";
import { readDiskHistories, readHistory } from "./history.ts";
import { readRun } from "./last-run.ts";
import { type PythonArgs, readMachine } from "./machine.ts";
import { dropNode, type Rows, readNodes } from "./nodes.ts";
import { readProgram, readProgramFile } from "./programs.ts";
import { openInPlace, openToRead } from "./read-database.ts";
import { setRoomAside } from "./room.ts";
import { readSample } from "./sample.ts";
import { explained, isFull } from "./sqlite-errors.ts";
import { readStorages, type StoredStorage } from "./storages.ts";
import { hourRunsBetween, hoursBetween, nodeDaysSince, readTally } from "./tally.ts";

/** The open database of a colony. */
export type Store = Disposable &
  KnownPrograms & {
    /** The readable settings. */
    machine(): Partial<MachineConfig> | undefined;
    /** start_args stored by Python wnm, which are not part of the settings. */
    pythonArgs(): PythonArgs | undefined;
    nodes(): readonly Node[];
    containers(): readonly Container[];
    /** All unreadable stored values. */
    unreadable(): Unreadable;
    /** Only the unreadable settings, because reading 300 nodes takes a third of a report's time. */
    unreadableSettings(): Unreadable["settings"];
    sample(): Counters | undefined;
    /** Measurements of earlier runs. */
    history(): History;
    /** Measurements per disk, if there are several. */
    diskHistories(): ReadonlyMap<string, DiskHistory>;
    /** The record of the last working run; undefined before the first. */
    run(): RunRecord | undefined;
    /** The events, oldest first. */
    events(filter?: EventFilter): readonly ColonyEvent[];
    /**
     * The machine per hour from `since` until `until`, including the current hour, oldest first. Hours in the future stem
     * from a wrong clock.
     */
    hours(since: Seconds, until: Seconds): readonly Hour[];
    /** The runs in these hours: one sum for complete hours, and one for the current hour. */
    hourRuns(since: Seconds, until: Seconds): readonly HourRuns[];
    /** The machine per day, from complete hours. `offset`: of the time zone, in seconds. */
    machineDays(since: Seconds, until: Seconds, offset: Seconds): readonly MachineDay[];
    /** Nodes per day, from a day such as "2026-11-28" on, including the current day, oldest first. */
    nodeDays(since: string, nodes?: readonly NodeId[]): readonly NodeDay[];
    /** Statistics of the current hour and day. */
    tally(): Tally | undefined;
    /** SQLite's integrity error; undefined when intact. Reads the whole database. */
    problem(): string | undefined;
    /** The findings of the last run. */
    findings(): readonly OpenFinding[];
    /** The known storages with their identities. */
    storages(): readonly StoredStorage[];
    /** Versions that failed their probation, with the reason. */
    badVersions(): ReadonlyMap<string, string>;
    save(changes: Changes): void;
    /** Deletes a node, and adds `event`. */
    drop(id: NodeId, event?: ColonyEvent): void;
    dropContainer(id: number): void;
    /** Reserves disk space for later runs on a full disk. */
    setRoomAside(): void;
  };

/** Opens the colony for writing; calls `onFull` when it had to free the ballast. Throws NotInitialised or WnmError. */
export const openStore = (path: string, onFull: () => void = () => {}): Store =>
  storeOn(openDatabase(path), path, onFull);

/** Opens the colony read-only; `save` and `drop` fail. */
export const openStoreToRead = (path: string): Store => storeOn(openToRead(path), path, () => {});

/**
 * Calls `read` with the colony, in place if possible, so that a report reads only what it shows. If somebody wrote
 * meanwhile or reading failed, repeats it on a copy, so `read` must have no side effects.
 */
export async function readStored<T>(path: string, read: (store: Store) => Promise<T>): Promise<T> {
  const found = openInPlace(path);
  if (found !== undefined) {
    try {
      using store = storeOn(
        found.db,
        path,
        () => {},
        () => found.db.close(),
      );
      const result = await read(store);
      if (found.stands()) return result;
    } catch {
      // The result may mix two states.
    }
  }
  using store = openStoreToRead(path);
  // Awaited, because the store is closed when this function returns.
  return await read(store);
}

function storeOn(db: Database, path: string, onFull: () => void, close = () => closeDatabase(db)): Store {
  const rows: Rows = new Map();
  // Reads are cached, because no other process writes while a run holds the lock.
  const memory = new Map<keyof Store, unknown>();
  const remembered = readsOnce(db, path, memory);
  const machine = remembered("machine", readMachine);
  const unreadableSettings = () => machine()?.unreadable ?? new Map();
  const containers = remembered("containers", readContainers);
  const nodes = remembered("nodes", () => {
    const unreadable = () => new Set(containers().unreadable.map(({ id }) => id));
    return readNodes(db, machine()?.settings.process_manager, rows, unreadable);
  });
  const write = (work: () => void): void => {
    memory.clear();
    explained(path, () => orWithoutBallast(dirname(db.filename), work, onFull));
  };
  const save = (changes: Changes): void => {
    try {
      saveChanges(db, changes, rows);
    } catch (error) {
      // Nothing was stored, so the cached rows differ from the database.
      rows.clear();
      throw error;
    }
  };
  return {
    machine: () => machine()?.settings,
    pythonArgs: () => machine()?.python_args,
    nodes: () => nodes().nodes,
    containers: () => containers().containers,
    unreadable: () => ({
      settings: unreadableSettings(),
      nodes: nodes().unreadable,
      containers: containers().unreadable,
    }),
    unreadableSettings,
    sample: remembered("sample", readSample),
    history: remembered("history", readHistory),
    diskHistories: remembered("diskHistories", readDiskHistories),
    storages: remembered("storages", readStorages),
    run: remembered("run", readRun),
    tally: remembered("tally", readTally),
    findings: remembered("findings", readFindings),
    badVersions: remembered("badVersions", readBadVersions),
    ...readsOf(db, path),
    save: (changes) => {
      write(() => save(changes));
      if (changes.settings?.database_mode !== undefined) explained(path, () => applyMode(db));
    },
    drop: (id, event) => write(() => dropNode(db, id, rows, event)),
    dropContainer: (id) => write(() => dropContainer(db, id)),
    problem: () => explained(path, () => problemIn(db)),
    setRoomAside: () => explained(path, () => setRoomAside(db)),
    [Symbol.dispose]: close,
  };
}

/** Creates a cached read, valid until `memory` is cleared. */
const readsOnce =
  (db: Database, path: string, memory: Map<keyof Store, unknown>) =>
  <T>(name: keyof Store, read: (db: Database) => T) =>
  (): T => {
    if (!memory.has(name))
      memory.set(
        name,
        explained(path, () => read(db)),
      );
    return memory.get(name) as T;
  };

/** Uncached reads. */
const readsOf = (db: Database, path: string) => ({
  events: (filter?: EventFilter) => explained(path, () => readEvents(db, filter)),
  hours: (since: Seconds, until: Seconds) => explained(path, () => hoursBetween(db, since, until)),
  hourRuns: (since: Seconds, until: Seconds) => explained(path, () => hourRunsBetween(db, since, until)),
  machineDays: (since: Seconds, until: Seconds, offset: Seconds) =>
    explained(path, () => readMachineDays(db, since, until, offset)),
  nodeDays: (since: string, nodes?: readonly NodeId[]) =>
    explained(path, () => nodeDaysSince(db, since, nodes)),
  program: (sha256: string) => explained(path, () => readProgram(db, sha256)),
  programFile: (file: string) => explained(path, () => readProgramFile(db, file)),
});

/** Retries after freeing the ballast when the disk is full. `work` must be a single transaction. */
function orWithoutBallast(folder: string, work: () => void, onFull: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isFull(error) || !dropBallast(folder)) throw error;
    onFull();
    work();
  }
}
