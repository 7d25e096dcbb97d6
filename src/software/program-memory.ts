import type { ProgramFile, ProgramRecord } from "../model/program.ts";
import type { NodeFile } from "../model/program-path.ts";
import { contentOf } from "../os/files/program-file.ts";

/** What earlier runs learned about programs. */
export type KnownPrograms = {
  /** What the operator's program of this content printed about itself. */
  program(sha256: string): ProgramRecord | undefined;
  /** The content of the file when it was last read. */
  programFile(path: string): ProgramFile | undefined;
};

/** What was learned about programs since the last call. */
export type LearnedPrograms = {
  readonly programs: readonly ProgramRecord[];
  readonly program_files: readonly ProgramFile[];
};

/** For the time before there is a colony that remembers. */
export const NOTHING_KNOWN: KnownPrograms = { program: () => undefined, programFile: () => undefined };

/** What is known about programs, from earlier runs and this one. */
export type ProgramMemory = {
  recordOf(sha256: string | undefined): ProgramRecord | undefined;
  /** The file as it was when it was last read. */
  lastRead(path: string): ProgramFile | undefined;
  /** The file's content now; read only when its fingerprint has changed, and only if `mayRead` allows so many bytes. */
  contentAt(path: NodeFile, mayRead: (bytes: number) => boolean): ProgramFile | undefined;
  rememberFile(file: ProgramFile): void;
  rememberProgram(program: ProgramRecord): void;
  learned(): LearnedPrograms;
};

export function programMemory(known: KnownPrograms): ProgramMemory {
  const records = new Map<string, ProgramRecord>();
  const files = new Map<string, ProgramFile>();
  /** One file may be the program of many nodes, and all of them change when it gets another name. */
  const contents = new Map<string, string>();
  let fresh: { programs: ProgramRecord[]; program_files: ProgramFile[] } = {
    programs: [],
    program_files: [],
  };
  const lastRead = (path: string) => files.get(path) ?? known.programFile(path);
  const rememberFile = (file: ProgramFile): void => {
    files.set(file.path, file);
    contents.set(file.fingerprint, file.sha256);
    fresh.program_files.push(file);
  };
  return {
    lastRead,
    rememberFile,
    recordOf: (sha256) => (sha256 === undefined ? undefined : (records.get(sha256) ?? known.program(sha256))),
    contentAt(path, mayRead) {
      const old = lastRead(path);
      const known = (fingerprint: string) =>
        fingerprint === old?.fingerprint ? old.sha256 : contents.get(fingerprint);
      const content = contentOf(path, known, mayRead);
      if (content === undefined || content.fingerprint === old?.fingerprint) return content && old;
      const file = { path, ...content };
      rememberFile(file);
      return file;
    },
    rememberProgram(program) {
      records.set(program.sha256, program);
      fresh.programs.push(program);
    },
    learned() {
      const learned = fresh;
      fresh = { programs: [], program_files: [] };
      return learned;
    },
  };
}
