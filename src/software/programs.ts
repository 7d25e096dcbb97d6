import type { NodeBinary } from "../model/host.ts";
import type { Identified, ProgramRecord } from "../model/program.ts";
import type { NodeFile, OperatorProgram, Runnable } from "../model/program-path.ts";
import type { Run } from "../os/command.ts";
import { type Distrusted, trustedProgram } from "../os/files/operator-program.ts";
import { fingerprintAt } from "../os/files/program-file.ts";
import { shareOpens } from "../os/files/silent-folders.ts";
import { describeProgram } from "./describe-program.ts";
import {
  type KnownPrograms,
  type LearnedPrograms,
  type ProgramMemory,
  programMemory,
} from "./program-memory.ts";

/** Knows programs by their content. Only the operator's own are ever run, and each content once. */
export type Programs = {
  /** What the program at `path` is. An unknown one is run, if only root and the operator can change it. */
  ofOperator(path: Runnable): Promise<NodeBinary>;
  /** A copy that wnm keeps of the operator's program, known by its content. Never runs it. */
  ofKept(path: string): NodeBinary;
  /** What a file is that a node can write. Never runs it. */
  ofNode(path: NodeFile): Identified;
  /** Remembers that a copy of the operator's program has just been made at `path`. */
  copied(binary: NodeBinary, path: NodeFile): void;
  learned(): LearnedPrograms;
};

/** Bytes of nodes' programs that one run reads, so a node that keeps changing its program cannot delay the run. */
const MOST_RUN_BYTES = 2 * 1024 * 1024 * 1024;

/** `uid` runs wnm. */
export function knownPrograms(known: KnownPrograms, run: Run, uid: number): Programs {
  const memory = programMemory(known);
  let left = MOST_RUN_BYTES;
  const mayRead = (bytes: number): boolean => {
    left -= bytes;
    return left >= 0;
  };
  return {
    ofOperator: (path) => operatorBinary(path, memory, run, uid),
    ofKept(path) {
      const trusted = trustedProgram(path, uid);
      if ("because" in trusted) return { path, version: undefined, problem: trusted.because };
      const record = memory.recordOf(memory.contentAt(trusted.file, anySize)?.sha256);
      return record === undefined
        ? { path, version: undefined, problem: `nobody knows what ${path} is` }
        : binaryOf(path, trusted.program, record);
    },
    ofNode(path) {
      const old = memory.lastRead(path);
      const content = memory.contentAt(path, mayRead);
      const changed = old !== undefined && content !== undefined && old.sha256 !== content.sha256;
      return { sha256: content?.sha256, record: memory.recordOf(content?.sha256), changed };
    },
    copied(binary, path) {
      if (binary.version === undefined || binary.sha256 === undefined) return;
      const fingerprint = fingerprintAt(path);
      if (fingerprint !== undefined) memory.rememberFile({ path, fingerprint, sha256: binary.sha256 });
    },
    learned: memory.learned,
  };
}

/** The budget above is for the programs of nodes. */
const anySize = () => true;

async function operatorBinary(
  path: Runnable,
  memory: ProgramMemory,
  run: Run,
  uid: number,
): Promise<NodeBinary> {
  if (!(await shareOpens(path)))
    return { path, version: undefined, problem: `${path} is on a share that does not respond` };
  const problem = (text: string): NodeBinary => ({
    path,
    version: undefined,
    problem: text,
    untrusted: false,
  });
  const trusted = trustedProgram(path, uid);
  if ("because" in trusted) return untrustedBinary(path, trusted);
  const content = memory.contentAt(trusted.file, anySize);
  if (content === undefined)
    return problem(`${path} is not a readable file, or is too large to be a program`);
  const { sha256 } = content;
  const record = memory.recordOf(sha256);
  if (record !== undefined) return binaryOf(path, trusted.program, record);
  const description = await describeProgram(trusted, run);
  if ("problem" in description) return problem(description.problem);
  // The program that ran must be the content that was read.
  if (memory.contentAt(trusted.file, anySize)?.sha256 !== sha256)
    return problem(`${path} was changed while it was asked for its version; the next run asks again`);
  const learned = { sha256, ...description };
  memory.rememberProgram(learned);
  return binaryOf(path, trusted.program, learned);
}

const INSTALL = "install a node program (antnode or ant-node) there or set --antnode_path";

function untrustedBinary(path: string, { because, missing, no_file, close }: Distrusted): NodeBinary {
  const problem = (text: string, untrusted: boolean, cure?: string): NodeBinary => ({
    path,
    version: undefined,
    problem: text,
    untrusted,
    missing,
    cure,
  });
  if (no_file === true) return problem(`${because}; ${INSTALL}`, true);
  if (missing) return problem(`there is no node program at ${path}; ${INSTALL}`, false);
  const closed = close === undefined ? "" : "close it if nobody has, or ";
  const advice = `${closed}put a copy where only root and you can write, and set --antnode_path`;
  return problem(
    `the node program is neither run nor copied, because somebody else could change it: ${because}; ${advice}`,
    true,
    close,
  );
}

const binaryOf = (
  path: string,
  runnable: OperatorProgram,
  { sha256, software, version, flags }: ProgramRecord,
): NodeBinary => ({ path, runnable, sha256, software, version, flags: new Set(flags) });
