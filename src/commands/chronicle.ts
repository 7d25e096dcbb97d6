import { accountOf } from "../os/account.ts";
import type { Chronicle } from "../report/history.ts";
import { spanOf } from "../report/moment.ts";
import type { Store } from "../store/colony.ts";
import { notedRefusals, timesRefused } from "../store/refusals.ts";
import type { Context } from "./context.ts";
import type { RequestOf } from "./request.ts";

const HOUR = 3600;

type Limits = Pick<RequestOf<"report">, "ids" | "since" | "until" | "kinds" | "format">;

/** The events that the call asks for; those of the last day when it gives no --since. */
export function chronicleOf({ options, world }: Context, limits: Limits, store: Store): Chronicle {
  const now = world.clock.now();
  const { since, until } = spanOf(limits, now);
  const { ids, kinds, format } = limits;
  // Refusals that no run could write into the database yet.
  const refused = notedRefusals(options.paths.database).events.filter(({ at }) => at >= since && at <= until);
  const noted = ids === undefined && (kinds === undefined || kinds.includes("refused")) ? refused : [];
  const readings = format === "csv" ? "cells" : format === "json" ? "values" : "none";
  const stored = store.events({ since, until, nodes: ids, kinds, readings });
  const is_all = ids === undefined && kinds === undefined;
  const before = is_all ? stored : store.events({ since, until, kinds: ["refused"], readings: "none" });
  return {
    ...{ since, until, now, refused: timesRefused(before) + timesRefused(refused) },
    events: noted.length === 0 ? stored : [...stored, ...noted].toSorted((a, b) => a.at - b.at),
    hours: store.hourRuns(since - (since % HOUR), until),
    counted_at: store.tally()?.at,
    account: accountNames(),
  };
}

/** Returns a lookup of account names that caches each result. */
export function accountNames(): Chronicle["account"] {
  const names = new Map<number, string | undefined>();
  return (uid) => {
    if (!names.has(uid)) names.set(uid, accountOf(uid)?.user);
    return names.get(uid);
  };
}
