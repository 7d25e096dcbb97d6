import { counted } from "../base/text.ts";
import { decide } from "../decide/decide.ts";
import { forecast } from "../decide/forecast.ts";
import { unhealthyNodes, whyNotMore } from "../decide/outlook.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import { describe } from "../model/action.ts";
import { shownDuration } from "../model/duration.ts";
import type { Seconds } from "../model/node.ts";
import { minuteTime, shownStatus } from "./as-of.ts";
import { type NodeCounts, nodeCounts } from "./node-counts.ts";
import type { Explanation } from "./why.ts";

/** Why the colony runs this many nodes. */
export type ColonyExplanation = {
  /** Running nodes that answered the last survey. */
  readonly up: number;
  readonly nodes: number;
  /** How the others are. */
  readonly not_up: Omit<NodeCounts, "total" | "up">;
  readonly node_cap: number;
  /** What a run would do now. */
  readonly now: readonly string[];
  /** What prevents more nodes; empty: it may grow. */
  readonly not_more: readonly string[];
  /** What the rules wait for, and what current conditions will cost. */
  readonly ahead: readonly string[];
  /** Nodes that are down or unhealthy. */
  readonly not_well: readonly Explanation[];
};

/** What a run would do depends on what it measures over time. */
export const NOT_MEASURED = "unknown until a run has measured the processor";

/** Explains the colony; `explain` explains one node. Pure. */
export function explainedColony(
  s: Snapshot,
  explain: (node: Snapshot["nodes"][number]) => Explanation,
  unreadable: readonly Explanation[],
): ColonyExplanation {
  const { total, up, ...not_up } = nodeCounts(s.nodes);
  return {
    ...{ up, nodes: total, not_up },
    node_cap: s.config.node_cap,
    now: s.metrics.used_cpu_percent === undefined ? [NOT_MEASURED] : decide(s).map(describe),
    not_more: whyNotMore(s),
    ahead: forecast(s),
    not_well: [...unhealthyNodes(s).map(explain), ...unreadable],
  };
}

/** The explanation for people. */
export function colonyText(why: ColonyExplanation, now: Seconds): string {
  const rows = (label: string, lines: readonly string[]): readonly string[] =>
    lines.map((line, i) => `  ${(i === 0 ? label : "").padEnd(LABEL_WIDTH)}${line}`);
  const bad = why.not_well.map(({ node, since, because, ...state }) => {
    const ago = since === undefined ? "" : ` since ${minuteTime(since)} (${shownDuration(now - since)})`;
    const doubt = state.in_doubt ? ", in doubt" : "";
    const more = shownStatus(state, now).slice(state.status.length) + doubt;
    return `${node} ${state.status}${ago}${more}: ${because.replace(/\s+/g, " ")}`;
  });
  const others = Object.entries(why.not_up).flatMap(([state, count]) =>
    count === 0 ? [] : [`, ${count} ${state}`],
  );
  const lines = [
    `${why.up} of ${counted(why.nodes, "node is", "nodes are")} up${others.join("")}; node_cap is ${why.node_cap}`,
    ...rows("now", why.now),
    ...rows("not more", why.not_more.length === 0 ? ["it may grow now"] : why.not_more),
    ...rows("ahead", why.ahead),
    ...rows("not well", bad.slice(0, MOST_NAMED)),
    ...(bad.length > MOST_NAMED ? [`  ${" ".repeat(LABEL_WIDTH)}and ${bad.length - MOST_NAMED} more`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

const LABEL_WIDTH = 11;
const MOST_NAMED = 10;
