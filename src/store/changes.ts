import type { Database } from "bun:sqlite";
import type { Container } from "../model/container.ts";
import type { Hour, NodeDay, Tally } from "../model/days.ts";
import type { DiskHistory } from "../model/disk.ts";
import type { ColonyEvent } from "../model/event.ts";
import type { OpenFinding } from "../model/finding.ts";
import type { History } from "../model/history.ts";
import type { Counters } from "../model/host.ts";
import type { Node } from "../model/node.ts";
import type { RunRecord } from "../model/run-record.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { LearnedPrograms } from "../software/program-memory.ts";
import { type BadVersion, dropBadVersion, saveBadVersion } from "./bad-versions.ts";
import { saveContainer } from "./containers.ts";
import { saveHours, saveNodeDays } from "./days.ts";
import { saveEvents } from "./events.ts";
import { saveFindings } from "./findings.ts";
import { saveDiskHistories, saveHistory } from "./history.ts";
import { saveRun } from "./last-run.ts";
import { saveShownArgs, updateMachine } from "./machine.ts";
import { type Rows, saveNodes } from "./nodes.ts";
import { savePrograms } from "./programs.ts";
import { saveSample } from "./sample.ts";
import { type StoredStorage, saveStorage } from "./storages.ts";
import { tallyText } from "./tally.ts";

/** The changes of a run, written in one transaction. */
export type Changes = {
  readonly settings?: Partial<MachineConfig>;
  readonly nodes?: readonly Node[];
  readonly containers?: readonly Container[];
  readonly sample?: Counters;
  readonly history?: History;
  /** Usage history per disk, if there are several. */
  readonly disk_histories?: ReadonlyMap<string, DiskHistory>;
  readonly programs?: LearnedPrograms;
  readonly run?: RunRecord;
  /** What happened. */
  readonly events?: readonly ColonyEvent[];
  /** Statistics of the current hour and day; only together with `run`. */
  readonly tally?: Tally;
  /** Complete hours and days. */
  readonly hours?: readonly Hour[];
  readonly node_days?: readonly NodeDay[];
  /** This run's findings, which replace the stored ones. */
  readonly findings?: readonly OpenFinding[];
  readonly storage?: StoredStorage;
  /** Python wnm's start_args that the operator has been told about. */
  readonly shown_args?: string;
  /** A version that failed its probation. */
  readonly bad_version?: BadVersion;
  /** A failed version that the operator wants to try again. */
  readonly good_version?: string;
};

/** Writes all changes in one transaction. `rows`: the nodes' known rows. */
export function saveChanges(db: Database, changes: Changes, rows: Rows = new Map()): void {
  db.transaction(() => {
    if (changes.settings !== undefined) updateMachine(db, changes.settings);
    for (const container of changes.containers ?? []) saveContainer(db, container);
    saveNodes(db, changes.nodes ?? [], rows);
    if (changes.sample !== undefined) saveSample(db, changes.sample);
    if (changes.history !== undefined) saveHistory(db, changes.history);
    if (changes.disk_histories !== undefined) saveDiskHistories(db, changes.disk_histories);
    if (changes.programs !== undefined) savePrograms(db, changes.programs);
    if (changes.run !== undefined) saveRun(db, changes.run, changes.tally && tallyText(changes.tally));
    if (changes.events !== undefined) saveEvents(db, changes.events);
    if (changes.hours !== undefined) saveHours(db, changes.hours);
    if (changes.node_days !== undefined) saveNodeDays(db, changes.node_days);
    if (changes.findings !== undefined) saveFindings(db, changes.findings);
    if (changes.storage !== undefined) saveStorage(db, changes.storage);
    if (changes.shown_args !== undefined) saveShownArgs(db, changes.shown_args);
    if (changes.bad_version !== undefined) saveBadVersion(db, changes.bad_version);
    if (changes.good_version !== undefined) dropBadVersion(db, changes.good_version);
  }).immediate();
}
