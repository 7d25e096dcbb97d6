import { nodeLabel } from "../model/node.ts";
import { diskParts, machineParts, nodeParts, severalParts } from "./figure-parts.ts";
import type { Overview } from "./overview.ts";
import { oneLine, timeOf } from "./overview-lists.ts";
import type { Style } from "./paint.ts";
import { shownAnt, shownChange, shownCount } from "./shown-figures.ts";
import { sparkline } from "./sparkline.ts";
import { clipped, widthOf, wrapped } from "./text-width.ts";

const LABEL_WIDTH = 9;

/** The rows with figures, each at most as wide as the screen. */
export function overviewRows(overview: Overview, style: Style): readonly string[] {
  const { earned, records, peers } = overview;
  const added = records.added === undefined ? [] : [`${shownChange(records.added)} in 24 h`];
  const peer_parts =
    peers === undefined
      ? []
      : [`peers ${peers.mean} each, least ${peers.least} (${nodeLabel({ id: peers.least_node })})`];
  return [
    ...row("nodes", nodeParts(overview.nodes, style.paint), style, lowest(overview.nodes)),
    ...row(
      "earned",
      [
        `${shownAnt(earned.today)} ANT today`,
        `${shownAnt(earned.week)} in 7 days`,
        `${shownAnt(earned.total)} in all`,
      ],
      style,
      `${sparkline(earned.days.map(Number))} 7 days`,
    ),
    ...row("records", [shownCount(records.total), ...added, ...peer_parts], style),
    ...(overview.disks === undefined
      ? row("disk", diskParts(overview.disk, style.paint), style)
      : overview.disks.flatMap((disk, i) =>
          row(i === 0 ? "disks" : "", severalParts(disk, style.paint), style),
        )),
    ...row("machine", machineParts(overview.machine, style.paint), style),
    ...doingRows(overview.doing, style),
  ];
}

/** A label and its parts, wrapped to the next line if necessary. `right`: right-aligned text, if it fits. */
function row(label: string, parts: readonly string[], { columns }: Style, right = ""): readonly string[] {
  const room = columns - LABEL_WIDTH;
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 3 + widthOf(part) <= room)
      lines[lines.length - 1] = `${last} · ${part}`;
    else lines.push(...(widthOf(part) <= room ? [part] : wrapped(part, room)));
  }
  const gap = room - widthOf(lines.at(-1) ?? "") - widthOf(right);
  if (right !== "" && gap >= 3) lines[lines.length - 1] += " ".repeat(gap) + right;
  else if (right !== "") lines.push(...wrapped(right, room));
  return lines.map((line, i) => (i === 0 ? label : "").padEnd(LABEL_WIDTH) + line);
}

const lowest = ({ lowest: low }: Overview["nodes"]): string =>
  low === undefined ? "" : `lowest in 24 h: ${low.up} (${low.exact ? "" : "after "}${timeOf(low.at)})`;

const MOST_DOING = 2;
const MORE = "… (wnm --report why)";

/** What a run would do now: the first lines of it. */
function doingRows(doing: readonly string[], { columns }: Style): readonly string[] {
  const room = columns - LABEL_WIDTH;
  const lines = doing.flatMap((line) => wrapped(oneLine(line), room));
  const [first = "", ...others] = lines.slice(0, MOST_DOING);
  const more = widthOf(MORE) > room / 2 ? "…" : MORE;
  const cut = others.map(
    (line) =>
      `${clipped(line, room - widthOf(more) - 1)
        .replace(/…$/, "")
        .trimEnd()} ${more}`,
  );
  const shown = [first, ...(lines.length > MOST_DOING ? cut : others)];
  return shown.map((line, i) => (i === 0 ? "now" : "").padEnd(LABEL_WIDTH) + line);
}
