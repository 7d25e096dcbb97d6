import { gigabytes } from "../base/gigabytes.ts";
import { typedWord } from "../base/shell-word.ts";
import { counted } from "../base/text.ts";
import type { Action } from "../model/action.ts";
import { largestOn } from "../model/disk.ts";
import type { Finding } from "../model/finding.ts";
import type { Deletion } from "../model/history.ts";
import type { Node, Seconds } from "../model/node.ts";
import { disksOf, hasSeveralDisks, nodesOnDisk, withDeletion } from "./disks.ts";
import { removeLines } from "./lines.ts";
import { diskPressure, isSteady, reasonsOver } from "./pressure.ts";
import type { Snapshot } from "./snapshot.ts";
import { latest } from "./windows.ts";

/** The input for whether deleting nodes would free the disk. */
type Disk = Pick<
  Snapshot,
  "config" | "metrics" | "disks" | "disk_histories" | "history" | "nodes" | "disk_use" | "now"
>;

const HOUR = 3600;
/** How long the disk must be too full before nodes are removed; a shorter excess may be a temporary file. */
const LASTING_SECONDS = 2 * HOUR;
const QUARTER = 900;
/** The most recent minutes, not yet covered by a quarter-hour. */
const LASTING_MINUTES = 10;
/** Above this, the disk is about to be full and nodes are removed without waiting. */
const CRITICAL_PERCENT = 98;
/** If the nodes together hold less than this many times the excess, they are not the cause. */
const LEAST_SHARE = 2;
/** A deletion that freed less than this share of the deleted data did not help. */
const HELPED_SHARE = 0.5;
const DAY = 24 * HOUR;
/** How long it takes until the space freed by a deletion is visible. */
const LOOK_SECONDS = 300;

/** Bytes above hd_remove. */
export function excessBytes({ config, metrics }: Pick<Disk, "config" | "metrics">): number {
  const { used_hd_percent: used, free_hd_bytes: free, total_hd_bytes: total, hd_of } = metrics;
  if (used === undefined || free === undefined || total === undefined) return 0;
  const usable = used >= 100 || hd_of !== undefined ? total : (free * 100) / (100 - used);
  return Math.max(0, (usable * (used - config.hd_remove)) / 100);
}

/** Bytes that removing the node would free, as far as known. */
export const heldBytes = (s: Pick<Disk, "disk_use">, node: Node): number =>
  s.disk_use.get(node.id) ?? node.data_bytes ?? 0;

const heldByAll = (s: Disk, nodes: readonly Node[]): number =>
  nodes.reduce((sum, node) => sum + heldBytes(s, node), 0);

/** True while removals may help: the disk is too full, its nodes hold enough, and the last removal helped. */
export const removalsHelp = (s: Disk): boolean =>
  diskPressure(s) && (!isSteady(s) || (uselessness(s) === undefined && isMeasured(s, s.history.deletion)));

/** How many nodes to remove because of a full disk; 0 unless the excess has lasted and removals help. */
export function removalsForDisk(s: Disk): number {
  if (!diskPressure(s)) return 0;
  if (!isSteady(s)) return nodesOf(s, excessBytes(s));
  const excess = excessBytes(s) - heldByAll(s, leaving(s));
  return hasLasted(s) && removalsHelp(s) && excess > 0 ? nodesOf(s, excess) : 0;
}

/** How many average nodes hold this many bytes; at least one, even if sizes are unknown. */
function nodesOf(s: Disk, bytes: number): number {
  const nodes = nodesOnDisk(s);
  const held = heldByAll(s, nodes);
  return held > 0 ? Math.max(1, Math.floor((nodes.length * bytes) / held)) : 1;
}

const leaving = (s: Disk): readonly Node[] => nodesOnDisk(s).filter(({ status }) => status === "REMOVING");

/** True when the disk has been above hd_remove for two hours, or is about to be full. */
function hasLasted(s: Disk): boolean {
  if ((s.metrics.used_hd_percent ?? 0) >= CRITICAL_PERCENT) return true;
  const isOver = ({ used_hd_percent: used }: { readonly used_hd_percent: number | undefined }): boolean =>
    used !== undefined && used > s.config.hd_remove;
  const quarters = s.history.quarters.filter(({ began_at }) => s.now - began_at <= LASTING_SECONDS);
  return (
    quarters.length >= LASTING_SECONDS / QUARTER - 1 &&
    quarters.every(isOver) &&
    latest(s, LASTING_MINUTES).filter(isOver).length >= LASTING_MINUTES
  );
}

/** Why deleting nodes cannot free the disk; undefined when it can. */
function uselessness(s: Disk): string | undefined {
  const nodes = nodesOnDisk(s);
  const [held, excess] = [heldByAll(s, nodes), excessBytes(s)];
  if (held < LEAST_SHARE * excess)
    return `its ${counted(nodes.length, "node holds", "nodes hold")} ${gigabytes(held)}, and ${gigabytes(excess)} have to go`;
  const { deletion } = s.history;
  return deletion !== undefined &&
    isRecent(deletion, s.now) &&
    isMeasured(s, deletion) &&
    !hasHelped(s, deletion)
    ? `the last removal deleted ${gigabytes(deletion.data_bytes)}, and the disk is as full as before`
    : undefined;
}

const isRecent = ({ deleted_at }: Deletion, now: Seconds): boolean => now - deleted_at < DAY;

/** True when the space freed by the deletion should be visible by now. */
const isMeasured = ({ now }: Disk, deletion: Deletion | undefined): boolean =>
  deletion === undefined || now - deletion.deleted_at >= LOOK_SECONDS;

/** True when free space has grown by at least half of the deleted data since. */
function hasHelped({ history, metrics }: Disk, deletion: Deletion): boolean {
  const { total_hd_bytes: total, free_hd_bytes: free } = metrics;
  if (total === undefined || free === undefined) return false;
  const wanted = deletion.free_hd_bytes + HELPED_SHARE * deletion.data_bytes;
  if (free >= wanted) return true;
  // Percentages refer to the total less the blocks that the system reserves.
  const used = metrics.used_hd_percent ?? 100;
  const usable = used >= 100 ? total : (free * 100) / (100 - used);
  const after = [
    ...history.samples.filter(({ taken_at }) => taken_at > deletion.deleted_at),
    ...history.quarters.filter(({ began_at }) => began_at > deletion.deleted_at),
  ];
  return after.some(
    ({ used_hd_percent }) => used_hd_percent !== undefined && usable * (1 - used_hd_percent / 100) >= wanted,
  );
}

/** Adds the plan's deletions for full disks to the histories. */
export function withDeletions(s: Disk, plan: readonly Action[]): Pick<Disk, "history" | "disk_histories"> {
  if (!hasSeveralDisks(s)) {
    const deletion = deletionOf(s, plan) ?? s.history.deletion;
    return { history: { ...s.history, deletion }, disk_histories: s.disk_histories };
  }
  const disk_histories = disksOf(s).reduce((histories, view) => {
    const deleted = deletionOf({ ...view, nodes: nodesOnDisk(view) }, plan);
    const name = view.disks[0]?.name;
    return deleted === undefined || name === undefined ? histories : withDeletion(histories, name, deleted);
  }, s.disk_histories);
  return { history: s.history, disk_histories };
}

/** The record of the plan's deletion if it is for the full disk. */
export function deletionOf(s: Disk, plan: readonly Action[]): Deletion | undefined {
  if (!diskPressure(s) || s.metrics.free_hd_bytes === undefined) return undefined;
  const nodes = plan.flatMap((action) =>
    action.type === "remove" && action.when === "now" && action.cause === "needed"
      ? s.nodes.filter(({ id }) => id === action.node)
      : [],
  );
  const data_bytes = Math.round(heldByAll(s, nodes));
  return nodes.length === 0
    ? undefined
    : { deleted_at: s.now, free_hd_bytes: Math.round(s.metrics.free_hd_bytes), data_bytes };
}

/** Sentences on what wnm waits for before it removes nodes for a full disk, and when it would. */
export const awaitedForDisk = (s: Disk): readonly string[] => disksOf(s).flatMap(awaitedForOne);

function awaitedForOne(s: Disk): readonly string[] {
  if (!isSteady(s) || !diskPressure(s) || hasLasted(s)) return [];
  const over = reasonsOver(
    removeLines(s.config).filter(({ on }) => on === "hd"),
    s.metrics,
  ).join("");
  const because = uselessness(s);
  return [
    because === undefined
      ? `${over}; a node is removed when that has lasted for two hours, in ${minutesUntilLasting(s)} min at the earliest, or at ${CRITICAL_PERCENT} %`
      : `${over}, and removing nodes would not help: ${because}`,
  ];
}

/** How many more minutes the disk must stay too full before nodes are removed. */
function minutesUntilLasting(s: Disk): number {
  const isBelow = ({ used_hd_percent: used }: { readonly used_hd_percent: number | undefined }): boolean =>
    used === undefined || used <= s.config.hd_remove;
  const below = [
    ...s.history.quarters.filter(isBelow).map(({ began_at }) => began_at + QUARTER),
    ...s.history.samples.filter(isBelow).map(({ taken_at }) => taken_at),
  ];
  const first = s.history.quarters[0]?.began_at ?? s.history.samples[0]?.taken_at ?? s.now;
  const since = Math.max(first, ...below);
  return Math.max(1, Math.ceil((LASTING_SECONDS - (s.now - since)) / 60));
}

/** Findings for disks that are read-only, or too full although removing nodes would not help: the operator has to act. */
export const diskFindings = (
  s: Disk,
  /** Wraps a command line so that it runs as root on this machine. */
  asRootScript = (script: string): string => script,
): readonly Finding[] =>
  disksOf(s).flatMap((view) => [...readOnlyFindings(view, asRootScript), ...fullFindings(view)]);

function readOnlyFindings(
  { disks: [disk], ...s }: Disk,
  asRootScript: (script: string) => string,
): readonly Finding[] {
  if (disk?.read_only !== true) return [];
  const nodes = nodesOnDisk({ ...s, disks: [disk] }).length;
  return [
    {
      key: "disk-read-only",
      severity: "bad",
      subject: disk.name,
      sentence: `The disk of ${disk.name} is read-only: its ${nodes === 1 ? "only node is stopped and keeps its" : `${nodes} nodes are stopped and keep their`} data. The kernel's log says why`,
      cure: asRootScript(`mount -o remount,rw "$(df -P ${typedWord(disk.name)} | awk 'END { print $NF }')"`),
    },
  ];
}

function fullFindings(s: Disk): readonly Finding[] {
  if (!isSteady(s) || !diskPressure(s) || !hasLasted(s)) return [];
  const because = uselessness(s);
  const used = s.metrics.used_hd_percent?.toFixed(1);
  return because === undefined
    ? []
    : [
        {
          key: "disk-full",
          severity: "bad",
          ...(s.metrics.hd_at === undefined ? {} : { subject: s.metrics.hd_at }),
          sentence: `The disk of ${s.disks[0]?.name} is ${used} % full, above hd_remove ${s.config.hd_remove} %, and removing nodes would not help: ${because}; nothing is removed and nothing added. Free space there, or raise --hd_remove`,
          cure: largestOn(s.disks[0]?.name ?? "/"),
        },
      ];
}
