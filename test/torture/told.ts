import { Database } from "bun:sqlite";

/** The statuses of the stored nodes, and the last event so far. */
export type Before = { readonly statuses: ReadonlyMap<number, string>; readonly last_event: number };

export function statesIn(database: string): Before {
  using db = new Database(database, { readonly: true, strict: true });
  const last = db.query<{ id: number | null }, []>("SELECT max(id) AS id FROM event").get();
  return { statuses: statusesIn(db), last_event: last?.id ?? 0 };
}

const statusesIn = (db: Database): ReadonlyMap<number, string> =>
  new Map(
    db
      .query<{ id: number; status: string }, []>("SELECT id, status FROM node")
      .all()
      .map(({ id, status }) => [id, status]),
  );

type Told = { readonly node: number; readonly to_status: string | null };

/** Nodes whose status since `before` differs from what the events since then say, and events without their state. */
export function untold(database: string, before: Before): readonly string[] {
  using db = new Database(database, { readonly: true, strict: true });
  const now = statusesIn(db);
  const events = db
    .query<Told, [number]>("SELECT node, to_status FROM event WHERE id > ? AND node IS NOT NULL ORDER BY id")
    .all(before.last_event);
  const said = new Map(before.statuses);
  for (const { node, to_status } of events)
    if (to_status === null) said.delete(node);
    else said.set(node, to_status);
  return [...new Set([...now.keys(), ...said.keys()])]
    .filter((id) => now.get(id) !== said.get(id))
    .map((id) => `node ${id} is ${now.get(id) ?? "gone"}, and the events say ${said.get(id) ?? "gone"}`);
}
