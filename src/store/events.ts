import type { Database } from "bun:sqlite";
import {
  type Asker,
  type ColonyEvent,
  EVENT_KINDS,
  EVENT_READINGS,
  type EventFilter,
  type EventKind,
  type EventReadings,
} from "../model/event.ts";
import type { NodeId } from "../model/node.ts";
import type { Stored } from "./columns.ts";

/** The maximum number and age of events kept. */
const MOST_EVENTS = 20_000;
const MOST_SECONDS = 400 * 86_400;
/** Old events are deleted after this many new ones. */
const PRUNED_EVERY = 500;
/** The maximum length of a reason. */
const MOST_REASON = 1_000;

/** Adds events, except refusals that are already stored, and occasionally deletes the oldest. */
export function saveEvents(db: Database, events: readonly ColonyEvent[]): void {
  const add = db.query(
    `INSERT INTO event (at, node, kind, from_status, to_status, reason, readings, "by") VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const event of events) {
    const { at, node, kind, from_status, to_status, readings, by } = event;
    const reason = event.reason.slice(0, MOST_REASON);
    if (kind === "refused" && isThere(db, at, reason)) continue;
    const values = [at, node ?? null, kind, from_status ?? null, to_status ?? null, reason] as const;
    const { lastInsertRowid } = add.run(...values, packedReadings(readings), by);
    if (Number(lastInsertRowid) % PRUNED_EVERY === 0) prune(db, Number(lastInsertRowid));
  }
}

/** True for a stored refusal: a run killed after storing refusals finds them again. */
const isThere = (db: Database, at: number, reason: string): boolean =>
  db.query("SELECT 1 FROM event WHERE at = ? AND kind = 'refused' AND reason = ?").get(at, reason) !== null;

/** Deletes old events. Age is relative to earlier events, because the clock may be temporarily wrong. */
function prune(db: Database, newest: number): void {
  db.query("DELETE FROM event WHERE id <= ?").run(newest - MOST_EVENTS);
  db.query(
    "DELETE FROM event WHERE at < (SELECT at FROM event WHERE id <= ? ORDER BY id DESC LIMIT 1) - ?",
  ).run(newest - PRUNED_EVERY / 2, MOST_SECONDS);
}

/** The matching events, oldest first. Skips invalid rows. */
export function readEvents(db: Database, filter: EventFilter = {}): readonly ColonyEvent[] {
  const { since, until, nodes, kinds } = filter;
  // The SQL contains only the filters used, because "?3 IS NULL OR node IN …" would prevent using the index on nodes.
  const asked = Object.entries({ node: nodes, kind: kinds }).filter(([, values]) => values !== undefined);
  const narrowed = asked.map(([column]) => ` AND ${column} IN (SELECT value FROM json_each(?))`).join("");
  const readings = filter.readings === "none" ? "" : ", readings";
  const readingsOf = filter.readings === "cells" ? cellsOf : valuesOf;
  const rows = db
    .query<never, [number, number, ...string[]]>(
      `SELECT at, node, kind, from_status, to_status, reason, "by"${readings} FROM event
       WHERE at >= ? AND at <= ?${narrowed} ORDER BY at, id`,
    )
    .values(
      since ?? 0,
      until ?? Number.MAX_SAFE_INTEGER,
      ...asked.map(([, values]) => JSON.stringify(values)),
    );
  const events: ColonyEvent[] = [];
  for (const row of rows) {
    const event = eventOf(row as readonly Stored[], readingsOf);
    if (event !== undefined) events.push(event);
  }
  return events;
}

type Readings = Pick<ColonyEvent, "readings" | "reading_cells">;

const valuesOf = (stored: Stored | undefined): Readings => ({ readings: unpackedReadings(stored) });

/** Packed readings are already CSV cells; converting 20 000 rows would take 40 ms. */
const cellsOf = (stored: Stored | undefined): Readings => ({
  readings: undefined,
  reading_cells:
    typeof stored === "string" && PACKED.test(stored)
      ? stored.slice(1, -1).replaceAll("null", "")
      : undefined,
});

const FIGURE = String.raw`(?:null|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)`;
const PACKED = new RegExp(`^\\[${FIGURE}(?:,${FIGURE}){${EVENT_READINGS.length - 1}}\\]$`);

function eventOf(
  row: readonly Stored[],
  readingsOf: (stored: Stored | undefined) => Readings,
): ColonyEvent | undefined {
  const [at, node, kind, from_status, to_status, reason, by, readings] = row;
  if (!isKind(kind) || typeof at !== "number") return undefined;
  return {
    at,
    node: typeof node === "number" ? (node as NodeId) : undefined,
    kind,
    from_status: textOf(from_status),
    to_status: textOf(to_status),
    reason: textOf(reason) ?? "",
    ...readingsOf(readings),
    by: askerOf(by),
  };
}

const KINDS: ReadonlySet<unknown> = new Set(EVENT_KINDS);
const isKind = (value: Stored | undefined): value is EventKind => KINDS.has(value);

const textOf = (value: Stored | undefined): string | undefined =>
  typeof value !== "string" ? undefined : value.length > MOST_REASON ? value.slice(0, MOST_REASON) : value;

const askerOf = (value: Stored | undefined): Asker => {
  if (value === "cron") return value;
  const uid = /^hand:(\d{1,10})$/.exec(String(value))?.[1];
  return uid === undefined ? "cron" : `hand:${Number(uid)}`;
};

/** Packs the readings in the order of their names, with the node count last. */
function packedReadings(readings: EventReadings | undefined): string | null {
  if (readings === undefined) return null;
  const figures = EVENT_READINGS.map((name) => readings[name]);
  return JSON.stringify(
    figures.map((value) =>
      value === undefined || !Number.isFinite(value) ? null : Math.round(value * 100) / 100,
    ),
  );
}

function unpackedReadings(stored: Stored | undefined): EventReadings | undefined {
  if (typeof stored !== "string") return undefined;
  try {
    const figures: unknown = JSON.parse(stored);
    if (!Array.isArray(figures)) return undefined;
    // A year has 20 000 of them, and a loop takes half the time of map().
    const readings: Partial<Record<keyof EventReadings, number | undefined>> = {};
    for (let at = 0; at < EVENT_READINGS.length; at++)
      readings[EVENT_READINGS[at] ?? "nodes"] = typeof figures[at] === "number" ? figures[at] : undefined;
    return readings as EventReadings;
  } catch {
    return undefined;
  }
}
