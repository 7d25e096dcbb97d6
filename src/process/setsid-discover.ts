import { statSync } from "node:fs";
import { basename } from "node:path";
import { WnmError } from "../errors.ts";
import type { ManagerKind } from "../model/node.ts";
import { accountOf } from "../os/account.ts";
import { outputNow } from "../os/command.ts";
import { identityOf, listProcesses, livingProcess, type ProcessOnList } from "../os/process-id.ts";
import { textOf } from "../os/text-files.ts";
import type { Discovered, Discovery, LeftOut } from "./found.ts";
import { readNodeArguments, runsNode } from "./node-arguments.ts";

/** Whose processes are looked at. */
export type ProcessPlace = { readonly kind: ManagerKind; readonly user: string };

/** File in which antnode keeps its pid, in its own folder. */
const PID_FILE = "antnode.pid";

/**
 * The nodes that run as plain processes of the account: those whose program is called like a node, and those that the
 * pid file in their folder names. Without a process there is no such node. Throws WnmError when processes cannot be listed.
 */
export function discoverProcesses(place: ProcessPlace): Discovery {
  const processes = listProcesses();
  if (processes === undefined) throw new WnmError("/proc cannot be read, so it is unknown which nodes run");
  const found: Discovered[] = [];
  const left_out: LeftOut[] = [];
  for (const process of processes.filter(isNode)) {
    const node = nodeOf(process, place);
    if (node === undefined) continue;
    if ("because" in node) left_out.push(node);
    else found.push(node);
  }
  return { found, left_out };
}

const programOf = (argv: readonly string[]): string => (argv[0] ?? "").replace(/ \(deleted\)$/, "");

function isNode({ pid, argv }: ProcessOnList): boolean {
  const { root_dir } = readNodeArguments(argv.slice(1));
  if (/^ant-?node/.test(basename(programOf(argv))) && runsNode(programOf(argv), argv.slice(1))) return true;
  return root_dir !== undefined && textOf(`${root_dir}/${PID_FILE}`)?.trim() === String(pid);
}

function nodeOf(
  { pid, argv }: ProcessOnList,
  { kind, user }: ProcessPlace,
): Discovered | LeftOut | undefined {
  const source = `process ${pid}`;
  const process = livingProcess(pid);
  if (process === undefined) return undefined;
  const [, ...args] = argv;
  const { root_dir } = readNodeArguments(args);
  const status = textOf(`/proc/${pid}/status`) ?? "";
  if ((/^NSpid:(.*)$/m.exec(status)?.[1] ?? "").trim().includes("\t"))
    return { source, root_dir, because: "it runs in a container" };
  const unit = unitOf(pid);
  if (unit !== undefined)
    return { source, root_dir, because: `it belongs to the unit ${unit}, whose file was not found` };
  const owner = ownerOf(pid);
  if (owner !== user)
    return { source, root_dir, because: `it belongs to the account ${owner ?? "of somebody else"}` };
  const state = { state: "running", process: identityOf(process) } as const;
  const program = programOf(argv);
  return { manager: kind, source, service: undefined, user, program, args, env: {}, process: state };
}

function ownerOf(pid: number): string | undefined {
  const uid =
    statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ??
    outputNow(["ps", "-o", "uid=", "-p", String(pid)])?.trim();
  return uid === undefined ? undefined : (accountOf(uid)?.user ?? String(uid));
}

/** The unit that supervises the process, where it is a node's own: cron's unit and sessions hold any process. */
const unitOf = (pid: number): string | undefined =>
  /\/([^/\n]*ant-?node[^/\n]*\.service)(?:\/|$)/m.exec(textOf(`/proc/${pid}/cgroup`) ?? "")?.[1];
