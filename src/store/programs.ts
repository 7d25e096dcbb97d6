import type { Database } from "bun:sqlite";
import { SOFTWARE_KINDS } from "../model/node.ts";
import type { ProgramFile, ProgramRecord } from "../model/program.ts";
import type { LearnedPrograms } from "../software/program-memory.ts";
import { isSha256, type StoredRow } from "./columns.ts";

type ProgramRow = { sha256: string; software: string; version: string; flags: string };

/** What the operator's program of this content printed about itself; undefined for an unknown one or an unreadable row. */
export function readProgram(db: Database, sha256: string): ProgramRecord | undefined {
  const row = db
    .query<ProgramRow, [string]>("SELECT sha256, software, version, flags FROM program WHERE sha256 = ?")
    .get(sha256);
  const software = SOFTWARE_KINDS.find((kind) => kind === row?.software);
  if (row === null || software === undefined || typeof row.version !== "string" || row.version === "")
    return undefined;
  const flags = String(row.flags)
    .split(" ")
    .filter((flag) => flag !== "");
  return { sha256, software, version: row.version, flags };
}

/** The content that the file had when it was last read; undefined for an unreadable row: the file is read again. */
export function readProgramFile(db: Database, path: string): ProgramFile | undefined {
  const row = db
    .query<StoredRow, [string]>("SELECT path, fingerprint, sha256 FROM program_file WHERE path = ?")
    .get(path);
  const { fingerprint, sha256 } = row ?? {};
  return typeof fingerprint === "string" && typeof sha256 === "string" && isSha256(sha256)
    ? { path, fingerprint, sha256 }
    : undefined;
}

/** Remembers what a run learned about programs. */
export function savePrograms(db: Database, { programs, program_files }: LearnedPrograms): void {
  for (const { sha256, software, version, flags } of programs)
    db.query("INSERT OR REPLACE INTO program (sha256, software, version, flags) VALUES (?, ?, ?, ?)").run(
      sha256,
      software,
      version,
      flags.join(" "),
    );
  for (const { path, fingerprint, sha256 } of program_files)
    db.query("INSERT OR REPLACE INTO program_file (path, fingerprint, sha256) VALUES (?, ?, ?)").run(
      path,
      fingerprint,
      sha256,
    );
}
