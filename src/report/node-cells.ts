import { escapeControls } from "../base/text.ts";
import { shownDuration } from "../model/duration.ts";
import { type Node, nodeLabel, type Seconds } from "../model/node.ts";
import type { NodeColumn } from "../model/node-columns.ts";
import { isUp } from "../model/node-status.ts";
import type { NodeTotals } from "../model/totals.ts";
import { peersOf } from "./node-status.ts";
import { shownAnt, shownBytes, shownCount } from "./shown-figures.ts";

/** A node and what has been counted of it since it was added. */
export type NodeRow = Node & NodeTotals;

/** A column's value for a node: as text, as JSON, and for sorting. */
type Cell = {
  readonly text: (node: NodeRow, now: Seconds) => string;
  readonly value: (node: NodeRow) => string | number | null;
  /** Right-aligned. */
  readonly is_figure?: true;
};

const known = <T>(value: T | undefined, shown: (value: T) => string): string =>
  value === undefined ? "-" : shown(value);

/** "3 d", "12 min": the largest unit alone. */
const roughly = (seconds: Seconds): string => shownDuration(seconds).split(" ").slice(0, 2).join(" ");

/** The node's current or last problem, on one line. */
function noteOf({ silent_since, obstacle, problem }: Node, now: Seconds): string {
  const silent = silent_since === undefined ? [] : [`silent ${shownDuration(now - silent_since)}`];
  const notes = [...silent, ...[obstacle ?? problem ?? []].flat()];
  return escapeControls(notes.join("; ")).replace(/\s+/g, " ").trim();
}

/** Short enough that a small amount does not widen the column. */
const briefAnt = (atto: bigint): string =>
  atto > 0n && atto < LEAST_SHOWN ? "<0.0001" : shownAnt(atto - (atto % LEAST_SHOWN));

/** 0.0001 ANT in atto. */
const LEAST_SHOWN = 100_000_000_000_000n;

/** mem is in 1/100 MiB. */
const memBytes = (mem: number): number => (mem / 100) * 2 ** 20;

/** Every column of the table of nodes. */
export const NODE_CELLS: Readonly<Record<NodeColumn, Cell>> = {
  node: { text: nodeLabel, value: nodeLabel },
  status: { text: ({ status }) => status, value: ({ status }) => status },
  since: {
    text: ({ status_since }, now) => roughly(now - status_since),
    value: ({ status_since }) => status_since,
    is_figure: true,
  },
  peers: {
    text: (node, now) => (isUp(node.status) ? (peersOf(node, now).split(" ", 1)[0] ?? "") : "-"),
    value: ({ status, connected_peers, silent_since }) =>
      silent_since === undefined && isUp(status) ? (connected_peers ?? null) : null,
    is_figure: true,
  },
  records: {
    text: ({ records }) => known(records, shownCount),
    value: ({ records }) => records ?? null,
    is_figure: true,
  },
  earned: {
    text: ({ rewards }) => known(rewards, briefAnt),
    value: ({ rewards }) => (rewards === undefined ? null : String(rewards)),
    is_figure: true,
  },
  restarts: {
    text: ({ restarts }) => shownCount(restarts),
    value: ({ restarts }) => restarts,
    is_figure: true,
  },
  deaths: { text: ({ deaths }) => shownCount(deaths), value: ({ deaths }) => deaths, is_figure: true },
  version: {
    text: ({ version }) => known(version, escapeControls),
    value: ({ version }) => version ?? null,
  },
  port: { text: ({ port }) => String(port), value: ({ port }) => port, is_figure: true },
  cpu: {
    text: ({ cpu }) => known(cpu, (value) => `${(value / 100).toFixed(1)} %`),
    value: ({ cpu }) => (cpu === undefined ? null : cpu / 100),
    is_figure: true,
  },
  mem: {
    text: ({ mem }) => known(mem, (value) => shownBytes(memBytes(value))),
    value: ({ mem }) => (mem === undefined ? null : Math.round(memBytes(mem))),
    is_figure: true,
  },
  peer_id: {
    text: ({ peer_id }) => known(peer_id, escapeControls),
    value: ({ peer_id }) => peer_id ?? null,
  },
  note: { text: noteOf, value: ({ obstacle, problem }) => obstacle ?? problem ?? null },
};
