import type { ManagerKind } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";
import { textOf } from "../../os/files/open-regular.ts";
import { isUnknown, namesAt } from "../../os/files/presence.ts";
import { readNodeArguments } from "../../software/node-arguments.ts";
import { OWN_PROCESSES } from "../../software/node-owner.ts";
import { lookForNodes } from "../../software/node-processes.ts";
import { mentionsNode, softwareRunBy } from "../../software/recognise.ts";
import { soughtAt } from "../../software/sought.ts";
import type { Discovery, FoundNode, FoundNodes, LeftOut } from "../contract/found-node.ts";
import { parsePlist } from "./parse-plist.ts";
import { type JobSource, loadedJobs, stateOfJobs } from "./state.ts";

/** The nodes with a property list in the folder, and which of them run. */
export async function discoverJobs(source: JobSource): Promise<Discovery> {
  const { found, left_out } = nodesOfPlists(source.folder, source.kind);
  const look = lookForNodes(OWN_PROCESSES);
  const states: ProcessState[] = [];
  for (const { service = "", args, user } of found) {
    const sight = look.process(soughtAt(readNodeArguments(args).root_dir ?? "", user));
    const jobs = sight.seen === "living" ? [] : await loadedJobs(source, service);
    states.push(stateOfJobs(jobs, sight, () => true));
  }
  return { found: found.map((node, i) => ({ ...node, process: states[i] ?? NO_ANSWER })), left_out };
}

const NO_ANSWER: ProcessState = { state: "unknown", because: "launchd gave no answer for it" };

/** The nodes defined by the property lists in one folder. */
export function nodesOfPlists(folder: string, manager: ManagerKind): FoundNodes {
  const found: FoundNode[] = [];
  const left_out: LeftOut[] = [];
  const names = namesAt(folder);
  if (names === "absent") return { found, left_out };
  if (isUnknown(names))
    return { found, left_out: [{ source: folder, because: `it cannot be read: ${names.unknown}` }] };
  for (const name of names.found.filter((file) => file.endsWith(".plist") && mentionsNode(file))) {
    const source = `${folder}/${name}`;
    const job = jobOf(source);
    const [program, ...args] = job?.command ?? [];
    if (job === undefined || program === undefined || softwareRunBy(program, args) === undefined) {
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
  const { Label, ProgramArguments, UserName, EnvironmentVariables } =
    parsePlist(textOf(path, "definition") ?? "") ?? {};
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
