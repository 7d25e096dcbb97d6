import { settle } from "../decide/lifecycle/settle.ts";
import { processFindings } from "../decide/process-findings.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import type { Finding } from "../model/finding.ts";
import type { Node, NodeId, Seconds } from "../model/node.ts";
import { asRoot, portHolderCommand } from "../os/advice.ts";
import type { Programs } from "../software/programs.ts";
import type { ObservationContext } from "./context.ts";
import type { ManagerOf } from "./managers.ts";
import { survey } from "./survey.ts";

/** The evaluated nodes, and the time of the evaluation. */
export type JudgedNodes = {
  readonly nodes: readonly Node[];
  /** Decisions use the same time, so that no wait ends between evaluating and deciding. */
  readonly now: Seconds;
  readonly doubtful: Snapshot["doubtful"];
  /** Findings about the nodes. */
  readonly findings: readonly Finding[];
};

/** Queries every node and evaluates the answers. */
export async function judgeNodes(
  nodes: readonly Node[],
  { config, world, surveyDelay }: Pick<ObservationContext, "config" | "world" | "surveyDelay">,
  managerOf: ManagerOf,
  identify: Programs["ofNode"],
): Promise<JudgedNodes> {
  const observations = await survey(nodes, managerOf, { ...world.clock, delay_ms: surveyDelay, identify });
  const now = world.clock.now();
  const judged = nodes.map((node) => {
    const observation = observations.get(node.id);
    return observation === undefined ? node : settle(node, observation, config, now);
  });
  const doubtful = new Map<NodeId, string>();
  for (const [id, { process, folder }] of observations)
    if (process.state !== "running" && folder?.is === "unknown") doubtful.set(id, folder.because);
  const reported = [...observations.values()].flatMap(({ process, reading }) =>
    process.state === "running" && reading?.answered === true ? (reading.findings ?? []) : [],
  );
  const found = processFindings(nodes, observations, { portHolderCommand, asRoot });
  return { nodes: judged, now, doubtful, findings: [...found, ...reported] };
}
