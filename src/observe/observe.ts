import { dirname } from "node:path";
import { Refused } from "../base/errors.ts";
import { dependentsOf, isInUse, withoutSetting } from "../decide/barred.ts";
import { diskFindings } from "../decide/disk.ts";
import { historyAfterClockJump, withSample } from "../decide/history.ts";
import { afterClockJump } from "../decide/lifecycle/clock-jump.ts";
import { withoutNeedlessRemovals } from "../decide/needed.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import { clockJump } from "../host/metrics.ts";
import { ASK_DOCTOR, type Finding } from "../model/finding.ts";
import type { Counters } from "../model/host.ts";
import { type ManagerKind, type Node, nodeLabel, type Seconds } from "../model/node.ts";
import { asRootScript } from "../os/advice.ts";
import { shortDisk } from "../os/files/ballast.ts";
import { foldersForNew } from "../settings/storage-folders.ts";
import type { Unreadable } from "../settings/unreadable.ts";
import type { Programs } from "../software/programs.ts";
import { withDiskSamples } from "./disk-samples.ts";
import { diskUse } from "./disk-use.ts";
import { seeDisks } from "./disks.ts";
import { folderFindings } from "./folder-findings.ts";
import { judgeNodes } from "./judge-nodes.ts";
import { type ManagerOf, managerKinds, managersInUse } from "./managers.ts";
import { measure } from "./measure.ts";
import { type Reach, reachFindings } from "./reach.ts";
import { programsOf, snapshotOf } from "./snapshot.ts";
import { adoptable, verifiedStorages } from "./storages.ts";
import { unreadableFindings } from "./unreadable-findings.ts";

/** The result of an observation: the input of decisions, and what has changed. */
export type View = {
  readonly snapshot: Snapshot;
  readonly storages: readonly string[];
  /** The stored nodes, with times shifted if the clock was adjusted. */
  readonly before: readonly Node[];
  /** Nodes that differ from what is stored. */
  readonly changed: readonly Node[];
  /** Warnings to log. */
  readonly warnings: readonly string[];
  /** Problems that the operator must fix. */
  readonly findings: readonly Finding[];
  /** Seconds by which the clock was adjusted since the last run. */
  readonly jump: Seconds;
  readonly counters: Counters;
  readonly programs: Programs;
  readonly managerOf: ManagerOf;
};

/** Observes the machine and every reachable node. Throws Refused. */
export async function observe({ context, nodes: stored, folders }: Reach): Promise<View> {
  const { store, config, unreadable, world, lap } = context;
  const kinds = managerKinds(config, stored);
  refuseUnreadable(unreadable, kinds);
  const storages = verifiedStorages(store, folders, adoptable(store, stored, folders));
  const { disks, first } = seeDisks(storages, foldersForNew(config));
  const managerOf = await managersInUse(context, stored);
  const programs = programsOf(context);
  lap("storages");
  const last = store.sample();
  const measurement = await measure(config, last, world, first);
  lap("measure");
  const jump = clockJump(last, measurement.counters);
  const unshifted = stored.map((node) => afterClockJump(node, jump));
  const judged = await judgeNodes(unshifted, context, managerOf, programs.ofNode);
  const { metrics, counters } = measurement;
  const living = judged.nodes.filter(({ pid }) => pid !== undefined).length;
  const history = withSample(historyAfterClockJump(store.history(), jump), metrics, living, judged.now);
  const disk_histories = withDiskSamples(store, disks, judged.now, jump);
  const around = { config, metrics, disks, disk_histories, history };
  const disk_use = diskUse({ ...around, nodes: judged.nodes });
  const nodes = withoutNeedlessRemovals({ ...judged, ...around, disk_use });
  lap("survey");
  const seen = { ...judged, ...around, nodes, disk_use, measurement, programs, managerOf };
  const snapshot = await snapshotOf(context, seen);
  lap("snapshot");
  return {
    snapshot,
    storages,
    before: unshifted,
    changed: nodes.filter((node, i) => node !== stored[i]),
    warnings: [...newProblems(nodes, stored), ...endedRemovals(nodes, judged.nodes)],
    findings: [
      ...unreadableFindings(unreadable, kinds, config.rewards_address, nodes.length),
      ...folderFindings(snapshot, context.givenUp),
      ...programFindings(snapshot),
      ...(managerOf(config.process_manager).findings?.() ?? []),
      ...diskFindings(snapshot, asRootScript),
      ...reachFindings(context),
      ...judged.findings,
      ...shortDisk(dirname(context.paths.database)),
    ],
    jump,
    counters,
    programs,
    managerOf,
  };
}

const newProblems = (nodes: readonly Node[], stored: readonly Node[]): readonly string[] =>
  nodes
    .filter((node, i) => node.problem !== undefined && node.problem !== stored[i]?.problem)
    .map((node) => `${nodeLabel(node)}: ${node.problem}`);

const endedRemovals = (nodes: readonly Node[], judged: readonly Node[]): readonly string[] =>
  nodes
    .filter((node, i) => node.status !== "REMOVING" && judged[i]?.status === "REMOVING")
    .map(
      (node) => `${nodeLabel(node)} stays: neither node_cap nor a full disk asks for its removal any more`,
    );

/** Findings about a node program that is not used, because another account could modify it or it would not work here. */
function programFindings({ binary, no_new_node, nodes, config }: Snapshot): readonly Finding[] {
  if (binary.version === undefined)
    return binary.untrusted === true
      ? [{ key: "program-not-trusted", severity: "bad", sentence: binary.problem, cure: binary.cure }]
      : [];
  if (no_new_node === undefined || nodes.length >= config.node_cap) return [];
  const severity = nodes.length === 0 ? "bad" : "warning";
  const sentence = `No node can be added: ${no_new_node}`;
  return [{ key: "no-new-node", severity, sentence, cure: ASK_DOCTOR }];
}

/** Throws Refused when the stored process manager is unreadable, because no other one may be substituted. */
function refuseUnreadable({ settings }: Unreadable, kinds: ReadonlySet<ManagerKind>): void {
  for (const [name, stored] of settings) {
    if (dependentsOf(name) === "everything" && isInUse(name, kinds, undefined))
      throw new Refused(`${withoutSetting(name, stored)}; set it again: wnm --${name} VALUE`);
  }
}
