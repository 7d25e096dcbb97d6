import { sameProcess } from "../decide/lifecycle/processes.ts";
import { type Node, type NodeId, recordedProcess } from "../model/node.ts";
import type { ProcessState, ProcessUsage, Reading } from "../model/observation.ts";
import type { UdpPorts } from "../os/net/bound-ports.ts";
import { SOFTWARE } from "../software/generations.ts";
import type { HoldsPort } from "./port-holders.ts";
import { semaphore } from "./semaphore.ts";
import type { SurveyContext } from "./survey-context.ts";

const PROBE_MS = 2_000;
const SURVEY_MS = 30_000;
/** Concurrent queries. */
const BUSY_AT_ONCE = 32;
/** A node that has not answered by then releases its slot, so silent nodes cost a survey only one PROBE_MS in total. */
const BUSY_MS = 50;
/** Concurrent connections, below the usual limit of 1024 file descriptors. */
const OPEN_AT_ONCE = 800;

/** The nodes' processes, and what to query from each node. */
export type SeenProcesses = {
  readonly states: ReadonlyMap<NodeId, ProcessState>;
  readonly usages: ReadonlyMap<NodeId, ProcessUsage>;
  readonly holdsPort: HoldsPort;
  readonly udpPorts: UdpPorts;
  /** How many record folders of each node to count in this survey. */
  readonly turns: ReadonlyMap<NodeId, number>;
};

/** Queries every node, silent ones first. A node that does not answer in time is omitted, or its reading says so. */
export async function askNodes(
  nodes: readonly Node[],
  seen: SeenProcesses,
  context: SurveyContext,
): Promise<ReadonlyMap<NodeId, Reading>> {
  const answers = new Map<NodeId, Reading>();
  const end = performance.now() + SURVEY_MS + nodes.length * context.delay_ms;
  const [busy, open] = [semaphore(BUSY_AT_ONCE), semaphore(OPEN_AT_ONCE)];
  const questions: Promise<void>[] = [];
  for (const [i, node] of silentFirst(nodes).entries()) {
    if (i > 0 && context.delay_ms > 0) await context.sleep(context.delay_ms);
    const releaseOpen = await open.take();
    const releaseBusy = await busy.take();
    if (performance.now() + PROBE_MS > end) break;
    // If every node has a slot, none waits for this one.
    const timer = nodes.length > BUSY_AT_ONCE ? setTimeout(releaseBusy, BUSY_MS) : undefined;
    const question = ask(node, seen, context).then((answer) => {
      answers.set(node.id, answer);
      clearTimeout(timer);
      releaseBusy();
      releaseOpen();
    });
    questions.push(question);
  }
  await Promise.all(questions);
  return answers;
}

/** Puts previously silent nodes first, so that their timeouts run while the others answer. */
const silentFirst = (nodes: readonly Node[]): readonly Node[] => [
  ...nodes.filter((node) => node.silent_since !== undefined),
  ...nodes.filter((node) => node.silent_since === undefined),
];

async function ask(node: Node, seen: SeenProcesses, context: SurveyContext): Promise<Reading> {
  const software = SOFTWARE[node.software];
  const [state, usage] = [seen.states.get(node.id), seen.usages.get(node.id)];
  const identity = identityMayHaveChanged(node, state, usage);
  const pid = state?.state === "running" ? state.process?.pid : undefined;
  const answer = await software.probe(node, {
    identity,
    deadline_ms: PROBE_MS,
    pid,
    // Both times are truncated to seconds, so one second is subtracted to include the process's first output.
    started_at: usage?.uptime === undefined ? undefined : context.now() - usage.uptime - 1,
    count: seen.turns.get(node.id) ?? 0,
    udpPorts: seen.udpPorts,
    now: context.now(),
  });
  if (!answer.answered || !identity) return answer;
  if (software.asked_by_port && !seen.holdsPort(node, pid)) return { answered: false, because: "stranger" };
  // The process runs this file unless it has been replaced since.
  const ownWord = software.tells_version ? answer.version : undefined;
  // The file is identified even if the node reports its version, as the baseline for detecting later changes.
  const found = usage?.replaced === true ? undefined : context.identify(node.binary);
  const record = found?.record;
  const version = ownWord ?? record?.version ?? answer.version;
  const lost = version === undefined && isAnother(node, state);
  const program =
    found?.sha256 === undefined ? undefined : { sha256: found.sha256, version: record?.version };
  return { ...answer, version, program, ...(lost && { version_lost: true }) };
}

/** True when the running process is not the recorded one. */
const isAnother = (node: Node, state: ProcessState | undefined): boolean =>
  state?.state === "running" &&
  state.process !== undefined &&
  !sameProcess(state.process, recordedProcess(node));

/**
 * True when version and peer id must be queried. They are fixed for a process, so only a new process is asked, and one
 * whose program file was replaced, which is about to change its version.
 */
function identityMayHaveChanged(
  node: Node,
  state: ProcessState | undefined,
  usage: ProcessUsage | undefined,
): boolean {
  if (usage?.replaced === true) return true;
  if (node.version === undefined || node.peer_id === undefined || node.status !== "RUNNING") return true;
  return state?.state !== "running" || !sameProcess(state.process, recordedProcess(node));
}
