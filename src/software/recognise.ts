import { basename } from "node:path";
import type { SoftwareKind } from "../model/node.ts";
import { SOFTWARE } from "./generations.ts";

const GENERATIONS = Object.values(SOFTWARE);
const PROGRAMS: readonly string[] = GENERATIONS.map(({ program }) => program);
const ROOT_DIR_FLAGS: ReadonlySet<string> = new Set(GENERATIONS.map(({ root_dir_flag }) => root_dir_flag));

/** Files in a node's folder that hold the pid of its process. */
export const PID_FILES: readonly string[] = GENERATIONS.flatMap(({ pid_file }) => pid_file ?? []);

/** True for a path that ends in a node program's own name: "/usr/bin/antnode". */
export const isNodeProgram = (path: string): boolean => PROGRAMS.includes(basename(path));

/** True for a file name that begins like a node program: "antnode-0.4.17", "antnode0001.service". */
export const isNamedAfterNode = (name: string): boolean =>
  PROGRAMS.some((program) => name.startsWith(program));

/** True for a name that holds a node program's: "com.autonomi.antnode-1.plist". */
export const mentionsNode = (name: string): boolean => PROGRAMS.some((program) => name.includes(program));

/** The kind of node that a command line runs, whatever its file is called; undefined when it runs none. */
export function softwareRunBy(program: string, args: readonly string[]): SoftwareKind | undefined {
  const name = basename(program);
  return (
    GENERATIONS.find((kind) => name.startsWith(kind.program)) ?? GENERATIONS.find((kind) => kind.takes(args))
  )?.kind;
}

/** The folder that a process's command line names for the node, without a slash at its end. */
export function rootDirIn(argv: readonly string[]): string | undefined {
  for (const [i, word] of argv.entries()) {
    const at = word.indexOf("=");
    const flag = at < 0 ? word : word.slice(0, at);
    if (!ROOT_DIR_FLAGS.has(flag)) continue;
    const folder = at < 0 ? argv[i + 1] : word.slice(at + 1);
    return folder === "/" ? folder : folder?.replace(/\/+$/, "");
  }
  return undefined;
}
