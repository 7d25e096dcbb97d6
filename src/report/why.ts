import { counted } from "../base/text.ts";
import { outlookOf } from "../decide/outlook.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import { antOf } from "../model/atto.ts";
import type { NodeDay } from "../model/days.ts";
import { shownDuration } from "../model/duration.ts";
import type { ColonyEvent, EventReadings } from "../model/event.ts";
import type { Finding } from "../model/finding.ts";
import { type Node, type NodeId, nodeLabel, type Seconds } from "../model/node.ts";
import { clockTime, shownStatus } from "./as-of.ts";
import type { Chronicle } from "./history.ts";
import { causeOfEnd, causeOfState } from "./why-cause.ts";

/** The history of a node. */
export type Past = {
  /** All its stored events, oldest first. */
  readonly events: readonly ColonyEvent[];
  readonly days: readonly NodeDay[];
  /** Since when days are counted. */
  readonly counted_since: Seconds | undefined;
  readonly account: Chronicle["account"];
  /** What is wrong with it by the last run. */
  readonly findings?: readonly Finding[];
};

/** Why a node is in its state, and what happens next. */
export type Explanation = {
  readonly node: string;
  readonly status: string;
  readonly since: Seconds | undefined;
  /** Who made it so, for people. */
  readonly by: string;
  readonly because: string;
  readonly readings: EventReadings | undefined;
  readonly problem: string | undefined;
  readonly silent_since: Seconds | undefined;
  readonly stopping_since: Seconds | undefined;
  /** The last run could not tell whether its folder is its own, or it runs; nothing is done to it meanwhile. */
  readonly in_doubt: boolean;
  readonly findings: readonly Pick<Finding, "severity" | "sentence" | "cure">[];
  readonly waits: readonly string[];
  readonly at: Seconds | undefined;
  readonly by_hand: string | undefined;
  readonly life: string | undefined;
};

/** Explains the state of a node of the colony. Pure. */
export function explained(s: Snapshot, node: Node, past: Past): Explanation {
  return {
    node: nodeLabel(node),
    status: node.status,
    since: node.status_since,
    ...causeOfState(node, past.events, past.account),
    problem: node.problem,
    silent_since: node.silent_since,
    stopping_since: node.stopping_since,
    in_doubt: s.doubtful.has(node.id),
    findings: (past.findings ?? []).map(({ severity, sentence, cure }) => ({ severity, sentence, cure })),
    ...outlookOf(s, node),
    life: lifeOf(node, past, s.now),
  };
}

/** Explains a node without a readable row, because it is `unreadable`, removed, or unknown. Pure. */
export function explainedWithoutRow(id: NodeId, past: Past, unreadable: string | undefined): Explanation {
  const nothing = {
    readings: undefined,
    in_doubt: false,
    findings: [],
    problem: undefined,
    silent_since: undefined,
    stopping_since: undefined,
    at: undefined,
    life: undefined,
  };
  const label = nodeLabel({ id });
  if (unreadable !== undefined) {
    const waits = [
      "wnm does nothing to it until its row can be read again; wnm --report health says what to do",
    ];
    const because = `its row in the database cannot be read: ${unreadable}`;
    return {
      ...nothing,
      node: label,
      status: "unreadable",
      since: undefined,
      by: "",
      because,
      waits,
      by_hand: undefined,
    };
  }
  if (past.events.length === 0)
    return {
      ...nothing,
      ...{ node: label, status: "unknown", since: undefined, by: "", by_hand: undefined },
      because: "there is no such node in the colony, nor in its history; wnm --report node-status lists them",
      waits: ["nothing"],
    };
  const { at, ...cause } = causeOfEnd(past.events, past.account);
  return {
    ...nothing,
    ...{ node: label, status: "gone", since: at, ...cause, by_hand: undefined },
    waits: ["it does not come back: its data are deleted"],
  };
}

/** "12 d 3 h old · up 98.7 % of 30 d · 1 stop · 0 deaths · 0.021 ANT". */
function lifeOf(node: Node, { days, events, counted_since }: Past, now: Seconds): string {
  const counted = days.filter(({ node: id }) => id === node.id);
  const from = Math.max(node.born_at, counted_since ?? now);
  const up = counted.reduce((sum, day) => sum + day.up_seconds, 0);
  const share = now > from ? Math.min(100, (up * 100) / (now - from)).toFixed(1) : undefined;
  const count = (what: string, number: number): string => `${number} ${what}${number === 1 ? "" : "s"}`;
  const of = (kind: ColonyEvent["kind"]): number => events.filter((event) => event.kind === kind).length;
  // A longer stop has a separate event for its beginning.
  const stops = events.filter(({ kind, to_status }) => kind === "stop" && to_status === "STOPPED").length;
  return [
    ...(node.born_at > 0 && node.born_at <= now ? [`${shownDuration(now - node.born_at)} old`] : []),
    ...(share === undefined ? [] : [`up ${share} % of ${shownDuration(now - from)}`]),
    count("stop", stops),
    count("death", of("died")),
    ...(node.rewards === undefined ? [] : [`${antOf(node.rewards)} ANT`]),
  ].join(" · ");
}

const LABEL_WIDTH = 11;
const row = (label: string, text: string): string => `  ${label.padEnd(LABEL_WIDTH)}${text}`;

/** The explanation for people. */
export function explanationText(why: Explanation, now: Seconds): string {
  // "RUNNING since …, silent 3 min": what lasts shorter comes after.
  const doubt = why.in_doubt ? ", in doubt" : "";
  const state = shownStatus(why, now).slice(why.status.length) + doubt;
  const since =
    why.since === undefined ? "" : ` since ${clockTime(why.since)} (${shownDuration(now - why.since)})`;
  const oneLine = (text: string): string => text.replace(/\s+/g, " ");
  const lines = [
    `${why.node} is ${why.status}${since}${state}${why.by === "" ? "" : `, ${why.by}`}`,
    row("because", oneLine(why.because)),
    ...(why.readings === undefined ? [] : [row("then", shownReadings(why.readings))]),
    ...(why.problem === undefined || why.because.includes(why.problem)
      ? []
      : [row("problem", oneLine(why.problem))]),
    ...why.findings.flatMap(({ sentence, cure }, i) => [
      row(i === 0 ? "needs you" : "", oneLine(sentence)),
      ...(cure === undefined ? [] : [row("", `→ ${cure}`)]),
    ]),
    ...why.waits.map((wait, i) => row(i === 0 ? "next" : "", oneLine(wait))),
    ...(why.by_hand === undefined ? [] : [row("by hand", why.by_hand)]),
    ...(why.life === undefined ? [] : [`life         ${why.life}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** "cpu 88 %  mem 61 %  disk 58 %  loads 5.2 4.6 3.1  20 nodes with a process". */
export function shownReadings(readings: EventReadings): string {
  const percent = (name: string, value: number | undefined): readonly string[] =>
    value === undefined ? [] : [`${name} ${Math.round(value)} %`];
  const loads = [readings.load_average_1, readings.load_average_5, readings.load_average_15];
  return [
    ...percent("cpu", readings.used_cpu_percent),
    ...percent("mem", readings.used_mem_percent),
    ...percent("disk", readings.used_hd_percent),
    `loads ${loads.map((load) => load?.toFixed(1) ?? "?").join(" ")}`,
    ...(readings.nodes === undefined ? [] : [`${counted(readings.nodes, "node")} with a process`]),
  ].join("  ");
}
