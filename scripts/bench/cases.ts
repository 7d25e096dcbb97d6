import type { Colony } from "./colony.ts";
import type { Fleet } from "./fleet.ts";
import type { Contestant } from "./measure.ts";
import type { Programs } from "./programs.ts";

/** What is measured without any colony. */
export const START_CASES = ["version", "help"] as const;

const REPORTS = [
  "node-status",
  "node-status-details",
  "influx-resources",
  "machine-config",
  "machine-metrics",
];

/** What is measured on a colony of each size. */
export const COLONY_CASES = ["dry_run", "idle", "survey", ...REPORTS, "add", "start"] as const;

/** An idle run on a colony of ant-nodes beside one on as many legacy nodes. */
export const GENERATIONS_CASE = "idle of ant-nodes";

/** The field in which the programs of a case compete. */
export type Field = {
  readonly programs: Programs;
  readonly fleet: Fleet;
  readonly ours: Colony;
  /** Python wnm keeps its own: each program's database is as it left it. */
  readonly theirs: Colony;
};

export function startContestants(name: string, programs: Programs): readonly Contestant[] {
  const env = { HOME: "/nonexistent" };
  const contestants: Contestant[] = [
    { name: "hello", argv: [programs.hello], env },
    { name: "console.log", argv: [programs.console_log], env },
    { name: "wnm", argv: [programs.wnm, `--${name}`], env },
  ];
  if (programs.python !== undefined)
    contestants.push({ name: "Python", argv: [programs.python.program, `--${name}`], env });
  return contestants;
}

export function colonyContestants(name: string, field: Field): readonly Contestant[] {
  const { programs, fleet, ours, theirs } = field;
  const state = name === "add" ? "room" : name === "start" ? "one stopped" : "full";
  const contestant = (program: string, who: string, colony: Colony): Contestant => ({
    name: who,
    argv: [program, ...argumentsOf(name, colony)],
    // Python wnm looks for antnode in PATH, and nowhere else.
    env: { HOME: colony.home, PATH: `${colony.home}/.local/bin:/usr/bin:/bin` },
    prepare: () => colony.reset(state),
    leaves_processes: state !== "full",
  });
  const contestants: Contestant[] = [
    { name: "hello", argv: [programs.hello], env: {} },
    { name: "console.log", argv: [programs.console_log], env: {} },
    contestant(programs.wnm, "wnm", ours),
  ];
  if (programs.python !== undefined) contestants.push(contestant(programs.python.program, "Python", theirs));
  if (programs.curl !== undefined && fleet.count > 0 && (name === "idle" || name === "survey"))
    contestants.push(...curlContestants(programs.curl, fleet));
  return contestants;
}

/** The same program on both colonies; "wnm" is on the ant-nodes. */
export const generationContestants = (
  { wnm }: Programs,
  { antNodes, legacy }: { readonly antNodes: Colony; readonly legacy: Colony },
): readonly Contestant[] =>
  [
    { name: "wnm", colony: antNodes },
    { name: "legacy nodes", colony: legacy },
  ].map(({ name, colony }) => ({
    name,
    argv: [wnm],
    env: { HOME: colony.home },
    prepare: () => colony.reset("full"),
  }));

function argumentsOf(name: string, colony: Colony): readonly string[] {
  switch (name) {
    case "idle":
      return [];
    case "dry_run":
      return ["--dry_run"];
    case "survey":
    case "add":
      return ["--force_action", name];
    case "start":
      return ["--force_action", "start", "--service_name", colony.stopped];
    default:
      return ["--report", name];
  }
}

/** As much as the silent nodes of a survey are waited for. */
const LIMIT = ["--max-time", "2"];

/** How scripts ask: each node twice, one after the other, as NTracking's influx-resources.sh does; or all /metrics at once. */
function curlContestants(curl: string, fleet: Fleet): readonly Contestant[] {
  const [first, last] = [fleet.block * 1000 + 1, fleet.block * 1000 + fleet.count];
  const loop = `for ((port = ${first}; port <= ${last}; port++)); do
    metadata=$(${curl} -s ${LIMIT.join(" ")} 127.0.0.1:$port/metadata)
    metrics=$(${curl} -s ${LIMIT.join(" ")} 127.0.0.1:$port/metrics)
  done; true`;
  const parallel = `${curl} -s --parallel --parallel-max 64 ${LIMIT.join(" ")} -o /dev/null "http://127.0.0.1:[${first}-${last}]/metrics"; true`;
  const env = { PATH: "/usr/bin:/bin" };
  return [
    { name: "curl per node", argv: ["/bin/bash", "-c", loop], env },
    { name: "curl --parallel", argv: ["/bin/bash", "-c", parallel], env },
  ];
}
