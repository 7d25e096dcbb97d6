import { dirname } from "node:path";
import { sameProcess } from "../decide/lifecycle.ts";
import { type ManagerKind, type Node, type NodeId, recordedProcess } from "../model/node.ts";
import type { Observation, ProcessState, Reading } from "../model/observation.ts";
import { exists } from "../os/files.ts";
import type { ProcessManager } from "../process/manager.ts";
import { SOFTWARE } from "../software/register.ts";

/** How a survey is paced. */
export type SurveyPace = {
  /** Pause between asking one node and the next. */
  readonly delay_ms: number;
  readonly sleep: (ms: number) => Promise<void>;
};

const PROBE_MS = 2_000;
const SURVEY_MS = 30_000;
/** Questions being answered at once. */
const BUSY_AT_ONCE = 32;
/** A node that has not answered by then hangs and leaves its place: a survey with silent nodes waits one PROBE_MS more. */
const BUSY_MS = 50;
/** Connections at once: below the 1024 descriptors that a process may have where nobody raised the limit. */
const OPEN_AT_ONCE = 800;
/** Below this many nodes a collection costs more than it gives. */
const COLLECT_FROM = 500;

/** Looks at every node at once: its process, its folder, and what it answers. Ends within SURVEY_MS, whatever nodes do. */
export async function survey(
  nodes: readonly Node[],
  manager: (kind: ManagerKind) => ProcessManager,
  pace: SurveyPace,
): Promise<ReadonlyMap<NodeId, Observation>> {
  const states = await processStates(nodes, manager);
  const answers = await askAll(
    nodes.filter((node) => worthAsking(node, states.get(node.id))),
    states,
    pace,
  );
  const observations = new Map<NodeId, Observation>();
  for (const node of nodes) {
    const process = states.get(node.id) ?? { state: "unknown", because: "its manager did not tell" };
    observations.set(node.id, {
      process,
      reading: answers.get(node.id),
      has_folder: exists(node.root_dir) || !exists(dirname(node.root_dir)),
      ended_because:
        process.state === "running" ? undefined : SOFTWARE.antnode.endedBecause(node, node.status_since),
    });
  }
  return observations;
}

async function processStates(
  nodes: readonly Node[],
  manager: (kind: ManagerKind) => ProcessManager,
): Promise<ReadonlyMap<NodeId, ProcessState>> {
  const states = new Map<NodeId, ProcessState>();
  for (const [kind, group] of Map.groupBy(nodes, (node) => node.manager_type)) {
    for (const [id, state] of await manager(kind).inspect(group)) states.set(id, state);
  }
  return states;
}

/** A node without a process has nothing to say, unless it was alive a moment ago and somebody answers in its place. */
const worthAsking = (node: Node, state: ProcessState | undefined): boolean =>
  state?.state === "running" || state?.state === "unknown" || node.pid !== undefined;

async function askAll(
  nodes: readonly Node[],
  states: ReadonlyMap<NodeId, ProcessState>,
  pace: SurveyPace,
): Promise<ReadonlyMap<NodeId, Reading>> {
  const answers = new Map<NodeId, Reading>();
  const end = performance.now() + SURVEY_MS + nodes.length * pace.delay_ms;
  const [busy, open] = [places(BUSY_AT_ONCE), places(OPEN_AT_ONCE)];
  const questions: Promise<void>[] = [];
  for (const [i, node] of nodes.entries()) {
    if (i > 0 && pace.delay_ms > 0) await pace.sleep(pace.delay_ms);
    const leaveOpen = await open.take();
    const leaveBusy = await busy.take();
    if (performance.now() + PROBE_MS > end) break;
    const timer = setTimeout(leaveBusy, BUSY_MS);
    const identity = identityMayHaveChanged(node, states.get(node.id));
    const question = SOFTWARE.antnode.probe(node, identity, PROBE_MS).then((answer) => {
      answers.set(node.id, answer);
      clearTimeout(timer);
      leaveBusy();
      leaveOpen();
    });
    questions.push(question);
  }
  await Promise.all(questions);
  // What a large survey leaves behind is collected before the rest of the run needs room: 3 MiB less at 1000 nodes.
  if (nodes.length >= COLLECT_FROM) Bun.gc(true);
  return answers;
}

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

/** Version and peer id are fixed while a process lives: only a new process is asked for them. */
function identityMayHaveChanged(node: Node, state: ProcessState | undefined): boolean {
  if (node.version === undefined || node.peer_id === undefined || node.status !== "RUNNING") return true;
  return state?.state !== "running" || !sameProcess(state.process, recordedProcess(node));
}
