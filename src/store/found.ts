import type { Database } from "bun:sqlite";
import type { MachineConfig } from "../settings/machine.ts";

/** The state of a database file before wnm first wrote to it. */
export type Found = { readonly mode: number; readonly journal_mode: string };

type DatabaseMode = MachineConfig["database_mode"];

const READABLE = { "0600": 0o600, "0640": 0o640, "0644": 0o644 } as const satisfies Record<
  DatabaseMode,
  number
>;

/** For a file created by wnm: --release leaves it as one file that any program can read. */
export const NEW_FILE: Found = { mode: READABLE["0600"], journal_mode: "delete" };

/** The most restrictive setting that keeps all current readers of a file with this mode. */
const settingFor = (mode: number): DatabaseMode =>
  (mode & 0o004) !== 0 ? "0644" : (mode & 0o040) !== 0 ? "0640" : "0600";

/** Stores the original state of the file. */
export function keepFound(db: Database, { mode, journal_mode }: Found): void {
  db.query("INSERT OR REPLACE INTO found (id, mode, journal_mode) VALUES (1, ?, ?)").run(mode, journal_mode);
}

/**
 * Before the first change to another program's file, stores its state. `mode`: the file's mode. Returns the mode to use
 * from now on, which keeps its readers.
 */
export function modeToKeep(db: Database, mode: number): number {
  const asked = storedMode(db);
  if (storedFound(db) !== undefined) return READABLE[asked];
  const journal_mode = journalMode(db);
  const was = settingFor(mode);
  const wider = READABLE[was] > READABLE[asked] ? was : asked;
  db.transaction(() => {
    keepFound(db, { mode: mode & 0o777, journal_mode });
    db.query("UPDATE machine SET database_mode = ?").run(wider);
  }).immediate();
  return READABLE[wider];
}

/** The state to restore; undefined if unknown. A mode set by the operator since takes precedence. */
export function foundAs(db: Database): Found | undefined {
  const found = storedFound(db);
  if (found === undefined) return undefined;
  const asked = storedMode(db);
  return asked === settingFor(found.mode) ? found : { ...found, mode: READABLE[asked] };
}

/** Deletes the stored state, so that the next run records it again. */
export const forgetFound = (db: Database): unknown => db.run("DELETE FROM found");

/** The open database's journal mode. */
const journalMode = (db: Database): string =>
  db.query<{ journal_mode: string }, []>("PRAGMA journal_mode").get()?.journal_mode ?? "delete";

const storedFound = (db: Database): Found | undefined =>
  db.query<Found, []>("SELECT mode, journal_mode FROM found").get() ?? undefined;

function storedMode(db: Database): DatabaseMode {
  const stored = db.query<{ database_mode: unknown }, []>("SELECT database_mode FROM machine").get();
  const modes = Object.keys(READABLE) as readonly DatabaseMode[];
  return modes.find((mode) => mode === stored?.database_mode) ?? "0600";
}
