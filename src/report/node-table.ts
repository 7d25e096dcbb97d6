import type { Node, Seconds } from "../model/node.ts";
import { NODE_COLUMNS, type NodeColumn } from "../model/node-columns.ts";
import type { NodeStatus } from "../model/node-status.ts";
import { type AsOf, ageLine } from "./as-of.ts";
import { NODE_CELLS, type NodeRow } from "./node-cells.ts";
import { nodeCounts, stateOf } from "./node-counts.ts";
import type { Hue, Style } from "./paint.ts";
import { shownAnt, shownCount } from "./shown-figures.ts";
import { clipped, padded, widthOf } from "./text-width.ts";

/** The selection, order and columns of the node table. */
export type TableRequest = {
  /** Only nodes of these statuses; undefined: all. */
  readonly statuses: readonly NodeStatus[] | undefined;
  /** Column to sort by, with "-" in front for the largest first; undefined: by number. */
  readonly sort: NodeColumn | `-${NodeColumn}` | undefined;
  /** undefined: as many as fit. */
  readonly columns: readonly NodeColumn[] | undefined;
};

/** The selected nodes in the requested order, with unknown values last. */
export function nodesAskedFor(
  nodes: readonly NodeRow[],
  { statuses, sort }: TableRequest,
): readonly NodeRow[] {
  const found = nodes.filter(({ status }) => statuses?.includes(status) ?? true);
  if (sort === undefined) return found;
  const column = sort.replace(/^-/, "") as NodeColumn;
  const sign = sort.startsWith("-") ? -1 : 1;
  const value = (node: NodeRow): string | number | bigint | null =>
    column === "earned" ? (node.rewards ?? null) : NODE_CELLS[column].value(node);
  return found.toSorted((a, b) => {
    const [one, other] = [value(a), value(b)];
    if (one === other) return a.id - b.id;
    if (one === null || other === null) return one === null ? 1 : -1;
    return one < other ? -sign : sign;
  });
}

/** Columns shown at 80 characters; the last ones are dropped first. */
const USUAL: readonly NodeColumn[] = [
  ...(["node", "status", "note", "since", "peers", "earned", "records", "restarts"] as const),
];
/** Columns added if there is more width, in this order. */
const MORE: readonly NodeColumn[] = ["deaths", "version", "cpu", "mem", "port", "peer_id"];
/** Up to here only the usual columns are shown. */
const USUAL_COLUMNS = 80;
const GAP = 2;
/** Notes are truncated, but not below this width. */
const LEAST_NOTE = 8;
/** Further columns are added only if this much width is left for notes. */
const GOOD_NOTE = 40;

type Widths = ReadonlyMap<NodeColumn, number>;

/** The table as text, fitted to the style's width, with a summary line. */
export function nodeTableText(
  all: readonly NodeRow[],
  asOf: AsOf,
  asked: TableRequest,
  style: Style,
): string {
  const { now } = asOf;
  const nodes = nodesAskedFor(all, asked);
  if (nodes.length === 0) return all.length === 0 ? "No nodes found.\n" : "No node has this status.\n";
  const widths: Widths = new Map(
    NODE_COLUMNS.map((name) => [name, Math.max(...[name, ...textsOf(name, nodes, now)].map(widthOf))]),
  );
  const columns = asked.columns ?? fitting(widths, style.columns);
  const others =
    taken(
      columns.filter((name) => name !== "note"),
      widths,
    ) + GAP;
  const room = new Map(widths).set("note", Math.max(LEAST_NOTE, style.columns - others));
  const head = row(columns.map((name) => aligned(name, name.toUpperCase(), room)));
  const rows = nodes.map((node) =>
    row(
      columns.map((name) => {
        const cell = aligned(name, NODE_CELLS[name].text(node, now), room);
        return name === "status" ? style.paint(HUES[stateOf(node)] ?? "good", cell) : cell;
      }),
    ),
  );
  const age = ageLine(asOf);
  const lines = [
    style.paint("strong", clipped(head, style.columns)),
    ...rows,
    clipped(totals(nodes), style.columns),
  ];
  return `${[...lines, ...(age === undefined ? [] : [age])].join("\n")}\n`;
}

/** An object for each node with the columns asked for. */
export const nodeTableJson = (nodes: readonly NodeRow[], asked: TableRequest): unknown =>
  nodesAskedFor(nodes, asked).map((node) =>
    Object.fromEntries((asked.columns ?? NODE_COLUMNS).map((name) => [name, NODE_CELLS[name].value(node)])),
  );

const HUES: Partial<Readonly<Record<ReturnType<typeof stateOf>, Hue>>> = {
  down: "bad",
  dead: "bad",
  silent: "warn",
  stopped: "warn",
  leaving: "warn",
};

const textsOf = (name: NodeColumn, nodes: readonly NodeRow[], now: Seconds): readonly string[] =>
  nodes.map((node) => NODE_CELLS[name].text(node, now));

const taken = (columns: readonly NodeColumn[], widths: Widths): number =>
  columns.reduce((sum, name) => sum + (widths.get(name) ?? 0) + GAP, -GAP);

/** The columns that fit, in the order of the table. */
function fitting(widths: Widths, columns: number): readonly NodeColumn[] {
  const isNote = (name: NodeColumn): boolean => name === "note";
  const width = (names: readonly NodeColumn[], note: number): number =>
    taken(
      names.filter((name) => !isNote(name)),
      widths,
    ) + (names.some(isNote) ? GAP + note : 0);
  let chosen = USUAL;
  while (chosen.length > 2 && width(chosen, LEAST_NOTE) > columns) chosen = chosen.slice(0, -1);
  if (columns <= USUAL_COLUMNS) return NODE_COLUMNS.filter((name) => chosen.includes(name));
  const note = Math.min(widths.get("note") ?? 0, GOOD_NOTE);
  for (const name of chosen === USUAL ? MORE : [])
    if (width([...chosen, name], Math.max(note, LEAST_NOTE)) <= columns) chosen = [...chosen, name];
  return NODE_COLUMNS.filter((name) => chosen.includes(name));
}

function aligned(name: NodeColumn, text: string, widths: Widths): string {
  const width = widths.get(name) ?? 0;
  const cut = clipped(text, width);
  if (name === "note") return cut;
  return NODE_CELLS[name].is_figure
    ? " ".repeat(Math.max(0, width - widthOf(cut))) + cut
    : padded(cut, width);
}

const row = (cells: readonly string[]): string => cells.join(" ".repeat(GAP)).trimEnd();

/** "5 nodes: 3 up, 1 silent, 1 stopped · 41 203 records · 0.31 ANT". */
function totals(nodes: readonly Node[]): string {
  const { total, ...counts } = nodeCounts(nodes);
  const parts = Object.entries(counts).flatMap(([state, count]) =>
    count === 0 ? [] : [`${count} ${state}`],
  );
  const records = nodes.reduce((sum, node) => sum + (node.records ?? 0), 0);
  const earned = nodes.reduce((sum, node) => sum + (node.rewards ?? 0n), 0n);
  const count = `${total} node${total === 1 ? "" : "s"}: ${parts.join(", ")}`;
  return `${count} · ${shownCount(records)} records · ${shownAnt(earned)} ANT`;
}
