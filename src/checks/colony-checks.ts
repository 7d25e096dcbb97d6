import { counted } from "../base/text.ts";
import { largestOn } from "../model/disk.ts";
import { ASK_DOCTOR } from "../model/finding.ts";
import type { Node, NodeId, Seconds } from "../model/node.ts";
import type { NodeStatus } from "../model/node-status.ts";
import type { Check, Past, Wrong } from "./check.ts";
import { getNodeFor } from "./get-node.ts";
import { slopePerDay } from "./slope.ts";

const HOUR = 3600;
const LEAVING: ReadonlySet<NodeStatus> = new Set<NodeStatus>(["DISABLED", "REMOVING", "DEAD"]);
/** Smaller clock adjustments, in seconds, are handled silently. */
const WORTH_SAYING = 60;
const SOON_DAYS = 14;
/** Horizon for a forecast based on only a day of history. */
const SOON_BY_DAY = SOON_DAYS / 2;

/** Days until the disk reaches `limit` percent by linear extrapolation; undefined: never, or too little history. */
export function daysUntilFull(
  disk: Past["disk"],
  now: { readonly at: Seconds; readonly used: number },
  limit: number,
): number | undefined {
  const slope = slopePerDay([...disk, now].map(({ at, used: value }) => ({ at, value })));
  return slope !== undefined && slope > 0 ? Math.max(0, limit - now.used) / slope : undefined;
}

/** One finding for all nodes that cannot have this version; a node that is not to run again waits for none. */
function heldBack(
  version: string,
  nodes: readonly Node[],
  reasons: ReadonlyMap<NodeId, string>,
  between: string | undefined,
): readonly Wrong[] {
  const held = nodes.filter(({ id, status }) => reasons.has(id) && !LEAVING.has(status));
  const [first] = held;
  if (first === undefined) return [];
  const others = held.length === 1 ? "" : `; the same applies to ${counted(held.length - 1, "more node")}`;
  const cure = between === undefined ? ASK_DOCTOR : `${getNodeFor(nodes)} ${between}`;
  return [{ subject: version, sentence: `${reasons.get(first.id)}${others}`, cure }];
}

/** Checks of the colony and its machine. */
export const COLONY_CHECKS: readonly Check[] = [
  {
    key: "disk-fills",
    severity: "warning",
    about: `a disk reaches hd_remove in less than ${SOON_DAYS} days at the rate of the last week; one of several also in less than ${SOON_BY_DAY} at the rate of the last day`,
    find: ({ now, used_hd_percent, disk, other_disks, past, config }) => {
      const fills = (of: string | undefined, days: number | undefined, soon: number): readonly Wrong[] =>
        days === undefined || days >= soon
          ? []
          : [
              {
                sentence: `The disk of ${of} reaches hd_remove ${config.hd_remove} % in about ${counted(Math.ceil(days), "day")}; wnm then removes nodes. Free space there, move nodes to another disk, or set a smaller --node_cap`,
                cure: largestOn(of ?? "/"),
              },
            ];
      const first =
        used_hd_percent === undefined
          ? undefined
          : daysUntilFull(past.disk, { at: now, used: used_hd_percent }, config.hd_remove);
      return [
        ...fills(disk, first, SOON_DAYS),
        ...other_disks.flatMap((other) =>
          fills(other.disk, other.days_until_full, SOON_BY_DAY).map((wrong) => ({
            ...wrong,
            subject: other.disk,
          })),
        ),
      ];
    },
  },
  {
    key: "upgrade-rolled-back",
    severity: "warning",
    about: "the version at antnode_path failed on a node and is not tried again",
    find: ({ binary, nodes, bad_versions }) => {
      const because = binary?.version === undefined ? undefined : bad_versions.get(binary.version);
      return binary?.version === undefined || because === undefined
        ? []
        : [
            {
              subject: binary.version,
              sentence: `${binary.software} ${binary.version} failed on a node, which got its old version back: ${because}. wnm --force_action upgrade tries it again`,
              cure: getNodeFor(nodes),
            },
          ];
    },
  },
  {
    key: "no-upgrade",
    severity: "warning",
    about: "upgrades are allowed, and nodes cannot have the program at antnode_path",
    find: ({ upgrades, binary, nodes, config, held_back, between }) => {
      if (!upgrades || binary === undefined) return [];
      if (binary.version !== undefined) return heldBack(binary.version, nodes, held_back, between);
      // While nodes are missing, no-node-program says it.
      const is_said = binary.untrusted === true || nodes.length < config.node_cap;
      return is_said || binary.missing === true || nodes.length === 0
        ? []
        : [{ sentence: `No node can be upgraded: ${binary.problem}`, cure: getNodeFor(nodes) }];
    },
  },
  {
    key: "no-node-program",
    severity: "bad",
    about:
      "nodes are missing, and there is no program to create them from: bad while there is no node at all",
    find: ({ binary, nodes, config }) =>
      binary === undefined ||
      binary.version !== undefined ||
      binary.untrusted === true ||
      nodes.length >= config.node_cap
        ? []
        : [
            {
              severity: nodes.length === 0 ? "bad" : "warning",
              sentence: `No node can be added: ${binary.problem}`,
              cure: getNodeFor(nodes),
            },
          ],
  },
  {
    key: "clock-jumped",
    severity: "warning",
    about: "the clock was set in the last hour",
    keeps: HOUR,
    find: ({ clock_jump }) =>
      Math.abs(clock_jump) < WORTH_SAYING
        ? []
        : [
            {
              sentence: `The clock was changed by ${clock_jump} s; delays are not affected. wnm --report doctor says whether it is synchronised`,
              cure: ASK_DOCTOR,
            },
          ],
  },
];
