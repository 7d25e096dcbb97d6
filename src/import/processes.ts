import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { ManagerKind } from "../model/node.ts";
import { accountOf } from "../os/account.ts";
import { NODE_ACCOUNT } from "../os/elevation.ts";
import { namesIn } from "../os/files.ts";
import { listProcesses, livingProcess, type ProcessOnList } from "../os/process-id.ts";
import type { World } from "../world.ts";
import type { Finds, Found, LeftOut } from "./found.ts";
import { readNodeArguments, runsAntnode } from "./node-arguments.ts";

/** File in which antnode keeps its pid, in its own folder. */
const PID_FILE = "antnode.pid";

/** Nodes that run as plain processes: any antnode with a --root-dir, and what pid files in `storages` name. */
export function plainNodes(world: World, storages: readonly string[]): Finds {
  const found: Found[] = [];
  const left_out: LeftOut[] = [];
  const processes = listProcesses() ?? [];
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const named = storages.flatMap((storage) => namedByPidFiles(storage, byPid));
  const seen = new Set(named.map(({ pid }) => pid));
  const others = processes.filter(({ pid, argv }) => !seen.has(pid) && isAntnode(argv));
  for (const process of [...named, ...others]) {
    const node = nodeOf(process, world);
    if (node === undefined) continue;
    if ("because" in node) left_out.push(node);
    else found.push(node);
  }
  return { found, left_out };
}

const programOf = (argv: readonly string[]): string => (argv[0] ?? "").replace(/ \(deleted\)$/, "");

const isAntnode = (argv: readonly string[]): boolean =>
  basename(programOf(argv)).startsWith("antnode") && runsAntnode(programOf(argv), argv.slice(1));

/** The living processes that pid files name, when they work on the very folder that the file lies in. */
function namedByPidFiles(
  storage: string,
  processes: ReadonlyMap<number, ProcessOnList>,
): readonly ProcessOnList[] {
  return namesIn(storage).flatMap((name) => {
    const process = processes.get(Number(textOf(`${storage}/${name}/${PID_FILE}`)?.trim()));
    return process !== undefined && readNodeArguments(process.argv).root_dir === `${storage}/${name}`
      ? [process]
      : [];
  });
}

function nodeOf({ pid, argv }: ProcessOnList, world: World): Found | LeftOut | undefined {
  const source = `process ${pid}`;
  if (livingProcess(pid) === undefined) return undefined;
  const [, ...args] = argv;
  const { root_dir } = readNodeArguments(args);
  const status = textOf(`/proc/${pid}/status`) ?? "";
  if ((/^NSpid:(.*)$/m.exec(status)?.[1] ?? "").trim().includes("\t"))
    return { source, root_dir, because: "it runs in a container" };
  const unit = unitOf(pid);
  if (unit !== undefined)
    return { source, root_dir, because: `it belongs to the unit ${unit}, whose file was not found` };
  const uid = statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
  const user = uid === undefined ? undefined : accountOf(uid)?.user;
  const manager = managerFor(uid, user, world);
  if (manager === undefined) return { source, root_dir, because: `it belongs to the account ${user ?? uid}` };
  return { manager, source, service: undefined, user, program: programOf(argv), args, env: {} };
}

function managerFor(
  uid: number | undefined,
  user: string | undefined,
  world: World,
): ManagerKind | undefined {
  if (uid === world.uid) return "setsid+user";
  return user === NODE_ACCOUNT ? "setsid+sudo" : undefined;
}

/** The unit that supervises the process, where it is a node's own: cron's unit and sessions hold any process. */
const unitOf = (pid: number): string | undefined =>
  /\/([^/\n]*ant-?node[^/\n]*\.service)(?:\/|$)/m.exec(textOf(`/proc/${pid}/cgroup`) ?? "")?.[1];

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
