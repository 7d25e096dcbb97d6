import { dirname } from "node:path";
import { sameProcess } from "../decide/lifecycle.ts";
import type { NodeBinary } from "../model/host.ts";
import { type ManagerKind, type Node, type NodeId, recordedProcess, type Seconds } from "../model/node.ts";
import type { Observation, ProcessState, ProcessUsage, Reading } from "../model/observation.ts";
import { exists } from "../os/files.ts";
import { bootId } from "../os/process-id.ts";
import { processUsage } from "../os/process-usage.ts";
import type { ProcessManager } from "../process/manager.ts";
import { SOFTWARE } from "../software/register.ts";

/** How a survey is paced. */
export type SurveyPace = {
  /** Pause between asking one node and the next. */
  readonly delay_ms: number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => Seconds;
  /** What a program says of itself; remembered. */
  readonly describe: (path: string) => Promise<NodeBinary>;
};

const PROBE_MS = 2_000;
const SURVEY_MS = 30_000;
/** Questions being answered at once. */
const BUSY_AT_ONCE = 32;
/** A node that has not answered by then hangs and leaves its place: a survey with silent nodes waits one PROBE_MS more. */
const BUSY_MS = 50;
/** Connections at once: below the 1024 descriptors that a process may have where nobody raised the limit. */
const OPEN_AT_ONCE = 800;

/** Looks at every node at once: its process, its folder, and what it answers. Ends within SURVEY_MS, whatever nodes do. */
export async function survey(
  nodes: readonly Node[],
  manager: (kind: ManagerKind) => ProcessManager,
  pace: SurveyPace,
): Promise<ReadonlyMap<NodeId, Observation>> {
  const states = await processStates(nodes, manager);
  const usages = usagesOf(nodes, states);
  const answers = await askAll(
    nodes.filter((node) => worthAsking(node, states.get(node.id))),
    { states, usages },
    pace,
  );
  for (const [id, answer] of answers) {
    const state = states.get(id);
    if (!answer.answered && state?.state === "running" && state.process !== undefined)
      usages.set(id, processUsage(state.process.pid));
  }
  const observations = new Map<NodeId, Observation>();
  for (const node of nodes) {
    const process = states.get(node.id) ?? { state: "unknown", because: "its manager did not tell" };
    // Of the many that run and are not thought dead nothing of this matters: two calls less for each.
    const runs = process.state === "running" && node.status !== "DEAD";
    observations.set(node.id, {
      process,
      reading: answers.get(node.id),
      usage: usages.get(node.id),
      ...(runs ? NOTHING_LEFT : await leftBy(node, process, pace)),
    });
  }
  return observations;
}

/** What an ended node left behind. */
type Left = Pick<Observation, "ended_by_reboot" | "has_folder" | "ended_because" | "upgraded_to">;

const NOTHING_LEFT: Left = { has_folder: undefined, ended_because: undefined };

async function leftBy(node: Node, process: ProcessState, pace: SurveyPace): Promise<Left> {
  const { root_dir, boot_id } = node;
  return {
    ended_by_reboot: boot_id !== undefined && bootId() !== undefined && boot_id !== bootId(),
    has_folder: exists(root_dir) || !exists(dirname(root_dir)),
    ended_because:
      process.state === "running" ? undefined : SOFTWARE[node.software].endedBecause(node, node.status_since),
    upgraded_to: await ownUpgrade(node, process, pace),
  };
}

/** Processes as one look saw them. */
type Seen = {
  readonly states: ReadonlyMap<NodeId, ProcessState>;
  readonly usages: ReadonlyMap<NodeId, ProcessUsage>;
};

/** Of nodes that do not tell of their memory and time themselves. */
function usagesOf(
  nodes: readonly Node[],
  states: ReadonlyMap<NodeId, ProcessState>,
): Map<NodeId, ProcessUsage> {
  const usages = new Map<NodeId, ProcessUsage>();
  for (const node of nodes) {
    const state = states.get(node.id);
    if (state?.state !== "running" || state.process === undefined) continue;
    if (!SOFTWARE[node.software].tells_usage) usages.set(node.id, processUsage(state.process.pid));
  }
  return usages;
}

/** The version that a node has put in place of its own before it ended; undefined when its program is what it ran. */
async function ownUpgrade(
  node: Node,
  process: ProcessState,
  { describe }: SurveyPace,
): Promise<string | undefined> {
  if (process.state !== "stopped" || node.pid === undefined || node.version === undefined) return undefined;
  if (!exists(node.binary)) return undefined;
  const { version } = await describe(node.binary);
  return version !== undefined && Bun.semver.order(version, node.version) > 0 ? version : undefined;
}

async function processStates(
  nodes: readonly Node[],
  manager: (kind: ManagerKind) => ProcessManager,
): Promise<ReadonlyMap<NodeId, ProcessState>> {
  const states = new Map<NodeId, ProcessState>();
  // Map.groupBy takes 0.15 ms when it is first called (measured), which is 1 % of an idle run of 20 nodes.
  for (const kind of new Set(nodes.map((node) => node.manager_type))) {
    const group = nodes.filter((node) => node.manager_type === kind);
    for (const [id, state] of await manager(kind).inspect(group)) states.set(id, state);
  }
  return states;
}

/** A node without a process has nothing to say, unless it was alive a moment ago and somebody answers in its place. */
const worthAsking = (node: Node, state: ProcessState | undefined): boolean =>
  state?.state === "running" || state?.state === "unknown" || node.pid !== undefined;

async function askAll(
  nodes: readonly Node[],
  seen: Seen,
  pace: SurveyPace,
): Promise<ReadonlyMap<NodeId, Reading>> {
  const answers = new Map<NodeId, Reading>();
  const end = performance.now() + SURVEY_MS + nodes.length * pace.delay_ms;
  const [busy, open] = [places(BUSY_AT_ONCE), places(OPEN_AT_ONCE)];
  const questions: Promise<void>[] = [];
  for (const [i, node] of silentFirst(nodes).entries()) {
    if (i > 0 && pace.delay_ms > 0) await pace.sleep(pace.delay_ms);
    const leaveOpen = await open.take();
    const leaveBusy = await busy.take();
    if (performance.now() + PROBE_MS > end) break;
    // Where there are places for all, nobody waits for this one.
    const timer = nodes.length > BUSY_AT_ONCE ? setTimeout(leaveBusy, BUSY_MS) : undefined;
    const question = ask(node, seen, pace).then((answer) => {
      answers.set(node.id, answer);
      clearTimeout(timer);
      leaveBusy();
      leaveOpen();
    });
    questions.push(question);
  }
  await Promise.all(questions);
  return answers;
}

/** Nodes that were silent the last time come first: if they still are, their deadline runs while the others answer. */
const silentFirst = (nodes: readonly Node[]): readonly Node[] => [
  ...nodes.filter((node) => node.silent_since !== undefined),
  ...nodes.filter((node) => node.silent_since === undefined),
];

/** So many places; who finds none waits for the one that is left next. A place may be left twice. */
function places(count: number): { take(): Promise<() => void> } {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async take() {
      if (free > 0) free--;
      else await new Promise<void>((wake) => waiting.push(wake));
      let left = false;
      return () => {
        if (left) return;
        left = true;
        const next = waiting.shift();
        if (next === undefined) free++;
        else next();
      };
    },
  };
}

async function ask(node: Node, seen: Seen, pace: SurveyPace): Promise<Reading> {
  const software = SOFTWARE[node.software];
  const [state, usage] = [seen.states.get(node.id), seen.usages.get(node.id)];
  const identity = identityMayHaveChanged(node, state, usage);
  const answer = await software.probe(node, {
    identity,
    deadline_ms: PROBE_MS,
    pid: state?.state === "running" ? state.process?.pid : undefined,
    started_at: usage?.uptime === undefined ? undefined : pace.now() - usage.uptime,
  });
  // The file is what the process runs unless it has been replaced since.
  if (!answer.answered || !identity || software.tells_version || usage?.replaced === true) return answer;
  return { ...answer, version: (await pace.describe(node.binary)).version };
}

/**
 * Version and peer id are fixed while a process lives: only a new process is asked for them, and one whose program is
 * known to have been replaced, since such a node is about to be, or has become, another version.
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
