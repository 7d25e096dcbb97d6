import type { Past } from "../../checks/check.ts";
import type { Node, NodeId, Seconds } from "../../model/node.ts";
import type { Store } from "../../store/colony.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Crash counts below this cannot mean that many deaths within an hour: only an hour of running resets the count. */
const DEATHS = 3;

/** Findings based on a day or a week of data. They are checked once an hour and kept in between. */
export const HOURLY: ReadonlySet<string> = new Set(["disk-fills", "node-shunned"]);

/** True in the first run of a clock hour. */
export const isNewHour = (store: Pick<Store, "sample">, now: Seconds): boolean =>
  Math.floor((store.sample()?.taken_at ?? 0) / HOUR) !== Math.floor(now / HOUR);

/** The history that the checks need. Most runs need none of it and read nothing. */
export const pastOf = (store: Store, nodes: readonly Node[], now: Seconds, hourly: boolean): Past => ({
  deaths: nodes.some(({ crashes }) => crashes >= DEATHS) ? deathsSince(store, now - HOUR, now) : new Map(),
  shunned: hourly ? shunnedBefore(store, now) : new Map(),
  disk: hourly ? diskSince(store, now - 7 * DAY, now) : [],
});

function deathsSince(store: Store, since: Seconds, until: Seconds): Past["deaths"] {
  const deaths = new Map<NodeId, number>();
  for (const { node } of store.events({ since, until, kinds: ["died"] }))
    if (node !== undefined) deaths.set(node, (deaths.get(node) ?? 0) + 1);
  return deaths;
}

/** How often each node was shunned on the last complete day. */
function shunnedBefore(store: Store, now: Seconds): Past["shunned"] {
  const today = store.tally()?.days[0]?.day;
  const days = store.nodeDays(new Date((now - 2 * DAY) * 1000).toISOString().slice(0, 10));
  return new Map(
    days.flatMap(({ day, node, shunned }) =>
      day === today || shunned === undefined ? [] : [[node, shunned] as const],
    ),
  );
}

const diskSince = (store: Store, since: Seconds, now: Seconds): Past["disk"] =>
  store
    .hours(since, now)
    .flatMap(({ began_at, used_hd_percent: used }) => (used === undefined ? [] : { at: began_at, used }));
