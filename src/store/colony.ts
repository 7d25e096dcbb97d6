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

/** The colony's database while it is open. */
export type Store = Disposable &
  KnownPrograms & {
    /** The settings that can be read. */
    machine(): Partial<MachineConfig> | undefined;
    /** Extra arguments that only Python wnm stored; they are none of the settings. */
    pythonArgs(): PythonArgs | undefined;
    nodes(): readonly Node[];
    containers(): readonly Container[];
    /** What cannot be read. */
    unreadable(): Unreadable;
    /** The settings alone: reading 300 nodes takes a third of a report's time. */
    unreadableSettings(): Unreadable["settings"];
    sample(): Counters | undefined;
    /** What earlier runs measured. */
    history(): History;
    /** What earlier runs measured of each disk, where nodes lie on several. */
    diskHistories(): ReadonlyMap<string, DiskHistory>;
    /** How the last working run ended; undefined before the first. */
    run(): RunRecord | undefined;
    /** What happened, the oldest first. */
    events(filter?: EventFilter): readonly ColonyEvent[];
    /**
     * The machine by the hour from `since` until `until`, also the hour that has not ended, the oldest first. What is
     * later than now was written by a clock that was wrong.
     */
    hours(since: Seconds, until: Seconds): readonly Hour[];
    /** The runs of these hours: of all that have ended together, and of the one that has not. */
    hourRuns(since: Seconds, until: Seconds): readonly HourRuns[];
    /** The machine by the day, from hours that have ended; `offset` is that of the zone, in seconds. */
    machineDays(since: Seconds, until: Seconds, offset: Seconds): readonly MachineDay[];
    /** Nodes by the day from "2026-11-28" on, also the day that has not ended, the oldest first. */
    nodeDays(since: string, nodes?: readonly NodeId[]): readonly NodeDay[];
    /** What is counted of the hour and day that have not ended. */
    tally(): Tally | undefined;
    /** What SQLite finds wrong with the database; undefined when it is whole. Reads all of it. */
    problem(): string | undefined;
    /** What the last run found wrong. */
    findings(): readonly OpenFinding[];
    /** Folders that hold nodes, with the identity of each. */
    storages(): readonly StoredStorage[];
    /** Versions that failed their probation, each with the reason. */
    badVersions(): ReadonlyMap<string, string>;
    save(changes: Changes): void;
    /** Forgets a node; `event` says so. */
    drop(id: NodeId, event?: ColonyEvent): void;
    dropContainer(id: number): void;
    /** Sets aside what later runs need when the disk is full. */
    setRoomAside(): void;
  };

/** Opens the colony to work on it; calls `onFull` when the ballast was given up. Throws NotInitialised or WnmError. */
export const openStore = (path: string, onFull: () => void = () => {}): Store =>
  storeOn(openDatabase(path), path, onFull);

/** Opens the colony only to look; `save` and `drop` fail. */
export const openStoreToRead = (path: string): Store => storeOn(openToRead(path), path, () => {});

/**
 * Gives `read` the colony to look at, in place where that is possible: a report then reads what it shows and not the whole
 * file. Where somebody wrote meanwhile, or reading failed, it is read again from a copy; so `read` must only read.
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
      // Half of it may have been of another moment.
    }
  }
  using store = openStoreToRead(path);
  // Awaited: the store is closed when this function ends.
  return await read(store);
}

function storeOn(db: Database, path: string, onFull: () => void, close = () => closeDatabase(db)): Store {
  const rows: Rows = new Map();
  // Nothing is read twice: no other process writes while a run holds the lock.
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
      // Nothing was stored, so the rows are no longer those of the database.
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

/** Makes a reading that asks the database once, until `memory` is cleared. */
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

/** What is read again whenever it is asked for. */
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

/** Tries again without the ballast when the disk is full. Each of these writes is one transaction. */
function orWithoutBallast(folder: string, work: () => void, onFull: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isFull(error) || !dropBallast(folder)) throw error;
    onFull();
    work();
  }
}
