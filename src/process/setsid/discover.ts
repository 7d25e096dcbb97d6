import { readlinkSync } from "node:fs";
import { basename } from "node:path";
import { WnmError } from "../../base/errors.ts";
import type { ManagerKind } from "../../model/node.ts";
import { accountOf, uidOf } from "../../os/account.ts";
import { nodePath, textOfNode } from "../../os/files/node-path.ts";
import { textOf } from "../../os/files/open-regular.ts";
import { argvOf, identityOf, livingProcess, ownerOf, processList } from "../../os/processes/identity.ts";
import type { ProcessOnList } from "../../os/processes/process-table.ts";
import { MOST_PID_BYTES } from "../../software/folder-holder.ts";
import { readNodeArguments } from "../../software/node-arguments.ts";
import { processesOfAccount, whyHidden } from "../../software/node-owner.ts";
import { isNamedAfterNode, mentionsNode, PID_FILES } from "../../software/recognise.ts";
import type { DiscoveredNode, Discovery, LeftOut } from "../contract/found-node.ts";
import { isFormicaio, managing, OF_FORMICAIO } from "../contract/other-managers.ts";

/** The account whose processes are listed, and their manager. */
export type ProcessSource = { readonly kind: ManagerKind; readonly user: string };

/**
 * Finds nodes that run as plain processes of the account, by the program's name or by the pid file in their folder. A
 * stopped one cannot be found. Throws WnmError when processes cannot be listed.
 */
export function discoverProcesses(source: ProcessSource): Discovery {
  const list = processList();
  if (list === undefined) throw new WnmError("/proc cannot be read, so it is unknown which nodes run");
  const found: DiscoveredNode[] = [];
  const left_out: LeftOut[] = [];
  const hidden =
    uidOf(source.user) === undefined ? undefined : whyHidden(list, processesOfAccount(source.user));
  if (hidden !== undefined)
    left_out.push({ source: `the processes of the account ${source.user}`, because: hidden });
  for (const process of list.processes.filter(isNode)) {
    const node = nodeOf(process, source);
    if (node === undefined) continue;
    if ("because" in node) left_out.push(node);
    else found.push(node);
  }
  return { found, left_out };
}

const programOf = (argv: readonly string[]): string => (argv[0] ?? "").replace(/ \(deleted\)$/, "");

function isNode({ pid, argv }: ProcessOnList): boolean {
  const { root_dir } = readNodeArguments(argv.slice(1));
  if (isNamedAfterNode(basename(programOf(argv)))) return true;
  if (root_dir?.startsWith("/") !== true) return false;
  return PID_FILES.some(
    (name) => textOfNode(nodePath(root_dir, name), MOST_PID_BYTES)?.trim() === String(pid),
  );
}

function nodeOf(
  { pid, argv }: ProcessOnList,
  { kind, user }: ProcessSource,
): DiscoveredNode | LeftOut | undefined {
  const source = `process ${pid}`;
  const process = livingProcess(pid);
  if (process === undefined) return undefined;
  const [, ...args] = argv;
  const { root_dir } = readNodeArguments(args);
  const status = textOf(`/proc/${pid}/status`, "system") ?? "";
  if ((/^NSpid:(.*)$/m.exec(status)?.[1] ?? "").trim().includes("\t"))
    return { source, root_dir, because: "it runs in a container" };
  const started_with = environmentOf(pid);
  const unit = unitOf(pid, started_with.SYSTEMD_EXEC_PID === String(pid));
  if (unit !== undefined)
    return { source, root_dir, because: `it belongs to the unit ${unit}, whose file was not found` };
  const uid = ownerOf(pid);
  const owner = uid === undefined ? undefined : (accountOf(uid)?.user ?? String(uid));
  if (owner !== user)
    return { source, root_dir, because: `it belongs to the account ${owner ?? "of somebody else"}` };
  const state = { state: "running", process: identityOf(process) } as const;
  const program = wholePath(pid, programOf(argv));
  const env = Object.fromEntries(Object.entries(started_with).filter(([name]) => OF_NODES.test(name)));
  const held_by = managerOf(Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0), root_dir);
  return { manager: kind, source, service: undefined, user, program, args, env, held_by, process: state };
}

/** What is managing the node: its parent process, or Formicaio, which takes back the nodes of its previous run. */
function managerOf(parent: number, root_dir: string | undefined): string | undefined {
  const started = parent > 1 ? managing(parent, argvOf(parent) ?? []) : undefined;
  if (started !== undefined || root_dir === undefined || !OF_FORMICAIO.test(root_dir)) return started;
  for (const { pid, argv } of processList()?.processes ?? []) {
    const found = isFormicaio(argv) ? managing(pid, argv) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Environment variables that node programs read. */
const OF_NODES = /^(?:ANT_\w+|EVM_NETWORK|RUST_LOG)$/;

/** The environment that a process was started with, proc_pid_environ(5); empty without permission to read it. */
function environmentOf(pid: number): Readonly<Record<string, string>> {
  const words = (textOf(`/proc/${pid}/environ`, "system") ?? "").split("\0");
  return Object.fromEntries(
    words
      .filter((word) => word.indexOf("=") > 0)
      .map((word) => {
        const at = word.indexOf("=");
        return [word.slice(0, at), word.slice(at + 1)];
      }),
  );
}

/** The program's absolute path, even if its command line has only the name. */
function wholePath(pid: number, program: string): string {
  if (program.startsWith("/")) return program;
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "");
  } catch {
    return program;
  }
}

/** The unit that supervises the process: one named after a node, or whose main process it is. A session is no such unit. */
const unitOf = (pid: number, is_started: boolean): string | undefined =>
  (textOf(`/proc/${pid}/cgroup`, "system") ?? "")
    .split(/[/\n]/)
    .findLast((name) => name.endsWith(".service") && (is_started || mentionsNode(name)));
