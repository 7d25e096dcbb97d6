import type { NodeDay } from "../../model/days.ts";
import { shownDuration } from "../../model/duration.ts";
import type { ColonyEvent } from "../../model/event.ts";
import { type Node, type NodeId, nodeLabel, type Seconds } from "../../model/node.ts";
import { minuteTime, shownStatus, withoutOldReadings } from "../as-of.ts";
import { type Chronicle, shownAsker } from "../history.ts";
import { stateOf } from "../node-counts.ts";
import { notableEvents } from "../overview-lists.ts";
import { shownAnt, shownCount } from "../shown-figures.ts";
import { escaped } from "./html.ts";

type Column<Row> = {
  readonly head: string;
  /** Content in HTML. */
  readonly cell: (row: Row) => string;
  /** A figure, which stands at the right. */
  readonly figure?: true;
  /** Left out on a narrow screen. */
  readonly wide?: true;
};

function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const marks = columns.map(({ figure, wide }) => {
    const names = [...(figure ? ["n"] : []), ...(wide ? ["wide"] : [])];
    return names.length === 0 ? "" : ` class="${names.join(" ")}"`;
  });
  const heads = columns.map(({ head }, i) => `<th scope="col"${marks[i]}>${head}</th>`).join("");
  const lines = rows.map(
    (row) => `<tr>${columns.map(({ cell }, i) => `<td${marks[i]}>${cell(row)}</td>`).join("")}</tr>`,
  );
  return `<table><thead><tr>${heads}</tr></thead><tbody>\n${lines.join("\n")}\n</tbody></table>`;
}

const WORSE: ReadonlySet<string> = new Set(["down", "dead"]);

/** One row for each node. `days` are the last week of each. */
export function nodeTable(nodes: readonly Node[], days: readonly NodeDay[], now: Seconds): string {
  const weeks = Map.groupBy(days, ({ node }) => node);
  const sum = (id: NodeId, value: (day: NodeDay) => number): number =>
    (weeks.get(id) ?? []).reduce((all, day) => all + value(day), 0);
  const known = (value: number | undefined): string => (value === undefined ? "-" : shownCount(value));
  const columns: readonly Column<Node>[] = [
    { head: "Node", cell: nodeLabel },
    { head: "Status", cell: (node) => statusCell(node, now) },
    { head: "Since", cell: ({ status_since }) => shownDuration(now - status_since), wide: true },
    {
      head: "Peers",
      cell: ({ status, connected_peers }) => known(status === "RUNNING" ? connected_peers : undefined),
      figure: true,
    },
    { head: "Records", cell: ({ records }) => known(records), figure: true },
    { head: "ANT", cell: ({ rewards }) => antCell(rewards), figure: true },
    {
      head: "Deaths, 7 d",
      cell: ({ id }) => String(sum(id, ({ deaths }) => deaths)),
      ...{ figure: true, wide: true },
    },
    {
      head: "Up, 7 d",
      cell: ({ id }) => shownDuration(sum(id, ({ up_seconds }) => up_seconds)),
      ...{ figure: true, wide: true },
    },
    { head: "Note", cell: ({ problem }) => escaped((problem ?? "").slice(0, MOST_NOTE)), wide: true },
  ];
  return tableOf(columns, nodes.map(withoutOldReadings));
}

const MOST_NOTE = 160;

function statusCell(node: Node, now: Seconds): string {
  const state = stateOf(node);
  const hue = WORSE.has(state) ? "bad" : state === "silent" ? "warn" : "";
  const text = escaped(shownStatus(node, now));
  return hue === "" ? text : `<span class="${hue}">${text}</span>`;
}

/** Rounded for people; every digit, in atto, for programs. */
const antCell = (rewards: bigint | undefined): string =>
  rewards === undefined ? "-" : `<data value="${rewards}">${shownAnt(rewards)}</data>`;

const MOST_EVENTS = 40;

/** Passwords may be given to nodes in these, and everyone can read the page. */
const PRIVATE_SETTING = /^(environment|start_args|docker_args) .*$/s;

const publicReason = ({ kind, reason }: ColonyEvent): string =>
  kind === "setting" ? reason.replace(PRIVATE_SETTING, "$1 has a new value") : reason;

/** The last events, the newest first. */
export function eventTable(events: readonly ColonyEvent[], account: Chronicle["account"]): string {
  const columns: readonly Column<ColonyEvent>[] = [
    { head: "Time", cell: ({ at }) => minuteTime(at).trim() },
    { head: "Event", cell: ({ kind }) => kind },
    { head: "Node", cell: ({ node }) => (node === undefined ? "" : nodeLabel({ id: node })) },
    { head: "Reason", cell: (event) => escaped(publicReason(event)) },
    { head: "By", cell: ({ by }) => escaped(shownAsker(by, account)), wide: true },
  ];
  return tableOf(columns, notableEvents(events).slice(-MOST_EVENTS).toReversed());
}
