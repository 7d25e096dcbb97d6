import type { ManagerKind } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import { namesIn } from "../os/files.ts";
import { nodesByFolder } from "../os/node-processes.ts";
import { identityOf } from "../os/process-id.ts";
import { textOf } from "../os/text-files.ts";
import type { Discovery, Finds, Found, LeftOut } from "./found.ts";
import { type LaunchdPlace, loadedJobs, stateOfJobs } from "./launchd-state.ts";
import { readNodeArguments, runsNode } from "./node-arguments.ts";
import { parsePlist } from "./plist.ts";

/** The nodes whose property lists are in the folder, and which of them run. */
export async function discoverJobs(place: LaunchdPlace): Promise<Discovery> {
  const { found, left_out } = nodesOfPlists(place.folder, place.kind);
  const processes = nodesByFolder();
  const states: ProcessState[] = [];
  for (const { service = "", args } of found) {
    const process = processes?.get(readNodeArguments(args).root_dir ?? "")?.[0];
    states.push(
      process === undefined
        ? stateOfJobs(await loadedJobs(place, service), processes !== undefined, true)
        : { state: "running", process: identityOf(process) },
    );
  }
  return { found: found.map((node, i) => ({ ...node, process: states[i] ?? NOT_TOLD })), left_out };
}

const NOT_TOLD: ProcessState = { state: "unknown", because: "launchd did not tell" };

/** Nodes of the property lists in one folder. */
export function nodesOfPlists(folder: string, manager: ManagerKind): Finds {
  const found: Found[] = [];
  const left_out: LeftOut[] = [];
  for (const name of namesIn(folder).filter((file) => /ant-?node.*\.plist$/.test(file))) {
    const source = `${folder}/${name}`;
    const job = jobOf(source);
    const [program, ...args] = job?.command ?? [];
    if (job === undefined || program === undefined || !runsNode(program, args)) {
      left_out.push({
        source,
        because: "it cannot be read as a property list in XML that starts a node",
      });
    } else {
      found.push({ manager, source, service: job.label, user: job.user, program, args, env: job.env });
    }
  }
  return { found, left_out };
}

type Job = {
  readonly label: string;
  readonly user: string | undefined;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

function jobOf(path: string): Job | undefined {
  const { Label, ProgramArguments, UserName, EnvironmentVariables } = parsePlist(textOf(path) ?? "") ?? {};
  if (typeof Label !== "string" || !Array.isArray(ProgramArguments)) return undefined;
  return {
    label: Label,
    user: typeof UserName === "string" ? UserName : undefined,
    command: ProgramArguments.map(String),
    env: Object.fromEntries(
      Object.entries(EnvironmentVariables ?? {}).map(([name, value]) => [name, String(value)]),
    ),
  };
}
