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
  return eventsOf(rows as readonly (readonly Stored[])[], filter.readings ?? "values");
}

/** The events of these rows. Fields by their numbers: patterns and spread objects take twice the time of 20 000 rows. */
function eventsOf(
  rows: readonly (readonly Stored[])[],
  readings: NonNullable<EventFilter["readings"]>,
): readonly ColonyEvent[] {
  const events: ColonyEvent[] = [];
  for (const row of rows) {
    const [at, kind] = [row[0], row[2]];
    if (!isKind(kind) || typeof at !== "number") continue;
    const event: { -readonly [K in keyof ColonyEvent]: ColonyEvent[K] } = {
      at,
      node: typeof row[1] === "number" ? (row[1] as NodeId) : undefined,
      kind,
      from_status: textOf(row[3]),
      to_status: textOf(row[4]),
      reason: textOf(row[5]) ?? "",
      readings: readings === "values" ? unpackedReadings(row[7]) : undefined,
      by: askerOf(row[6]),
    };
    if (readings === "cells") event.reading_cells = cellsOf(row[7]);
    events.push(event);
  }
  return events;
}

/** Packed readings are already CSV cells; converting 20 000 rows would take 40 ms. */
const cellsOf = (stored: Stored | undefined): string | undefined =>
  typeof stored === "string" && PACKED.test(stored) ? stored.slice(1, -1).replaceAll("null", "") : undefined;

const FIGURE = String.raw`(?:null|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)`;
const PACKED = new RegExp(`^\\[${FIGURE}(?:,${FIGURE}){${EVENT_READINGS.length - 1}}\\]$`);

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
    // A year has 20 000 of them, and a loop over the names takes twice the time.
    return {
      used_cpu_percent: figureOf(figures[0]),
      used_mem_percent: figureOf(figures[1]),
      used_hd_percent: figureOf(figures[2]),
      load_average_1: figureOf(figures[3]),
      load_average_5: figureOf(figures[4]),
      load_average_15: figureOf(figures[5]),
      nodes: figureOf(figures[6]),
    };
  } catch {
    return undefined;
  }
}

const figureOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
