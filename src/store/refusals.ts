import type { Asker, ColonyEvent } from "../model/event.ts";
import type { Seconds } from "../model/node.ts";
import { textOf } from "../os/files/open-regular.ts";
import { ownerOfFile } from "../os/files/presence.ts";
import { discard, putInPlace } from "../os/files/write-whole.ts";

/** Runs in a row that were refused for the same reason. */
type Refusals = {
  readonly at: Seconds;
  readonly until: Seconds;
  readonly times: number;
  readonly reason: string;
  readonly by: Asker;
};

const MOST_KEPT = 100;
const MOST_REASON = 500;

/** The file beside the database for what cannot be written into it. */
const fileOf = (database: string): string => `${database}.refused`;

/**
 * Notes a refused run beside the database, for the next run to take over. Another account's colony gets no file, and
 * where nothing can be written nothing is. True when the run before was refused for the same reason, but once a day
 * while that lasts. Never fails.
 */
export function noteRefusal(
  database: string,
  { at, reason, by }: Pick<Refusals, "at" | "reason" | "by">,
  uid: number,
): boolean {
  try {
    if (ownerOfFile(database) !== uid) return false;
    const known = refusalsIn(textOf(fileOf(database), "settings"));
    const cut = reason.slice(0, MOST_REASON);
    const last = known.at(-1);
    const again = last !== undefined && likeOf(last.reason) === likeOf(cut) && last.by === by;
    const kept = again
      ? [...known.slice(0, -1), { ...last, until: at, times: last.times + 1 }]
      : [...known, { at, until: at, times: 1, reason: cut, by }];
    putInPlace(fileOf(database), JSON.stringify(kept.slice(-MOST_KEPT)), { mode: 0o600 });
    return again && daysFrom(last.at, last.until) === daysFrom(last.at, at);
  } catch {
    // The message of the run itself says what is wrong.
    return false;
  }
}

const daysFrom = (since: Seconds, at: Seconds): number => Math.floor((at - since) / 86_400);

/** Reasons that differ only in pids and moments are the same. */
const likeOf = (reason: string): string => reason.replace(/\d+/g, "0");

/** The reason of an event that stands for runs in a row, the last one at `until`. */
export const refusedOften = (reason: string, times: number, until: Seconds): string =>
  times === 1
    ? reason
    : `${reason} (${times} runs in a row, until ${new Date(until * 1000).toISOString().replace(".000Z", "Z")})`;

/** How many refused runs the events stand for: `refusedOften` wrote how many each one does. */
export const timesRefused = (events: readonly ColonyEvent[]): number =>
  events.reduce(
    (sum, { kind, reason }) =>
      kind === "refused"
        ? sum + Number(/ \((\d{1,9}) runs in a row, until [^()]*\)$/.exec(reason)?.[1] ?? 1)
        : sum,
    0,
  );

/** The refusals noted beside the database. `content`: the file's text; undefined: there is no file. */
export function notedRefusals(database: string): {
  readonly content: string | undefined;
  readonly events: readonly ColonyEvent[];
  /** How many runs were refused. */
  readonly runs: number;
} {
  const content = textOf(fileOf(database), "settings");
  const refusals = refusalsIn(content);
  const events = refusals.map(({ at, until, times, reason, by }): ColonyEvent => {
    return {
      ...{ at, by, kind: "refused", node: undefined, from_status: undefined, to_status: undefined },
      readings: undefined,
      reason: refusedOften(reason, times, until),
    };
  });
  return { content, events, runs: refusals.reduce((sum, { times }) => sum + times, 0) };
}

/** Since when runs of cron have been refused for the same reason as the last; undefined when none was noted. */
export const refusedSince = (database: string): Seconds | undefined =>
  notedRefusals(database)
    .events.filter(({ by }) => by === "cron")
    .at(-1)?.at;

/** Removes the file after its events are stored, unless another run has been refused meanwhile. */
export function forgetRefusals(database: string, content: string): void {
  if (textOf(fileOf(database), "settings") === content) discard(fileOf(database));
}

function refusalsIn(content: string | undefined): readonly Refusals[] {
  if (content === undefined) return [];
  try {
    const rows: unknown = JSON.parse(content);
    return Array.isArray(rows) ? rows.filter(isRefusals).slice(-MOST_KEPT) : [];
  } catch {
    return [];
  }
}

const isRefusals = (row: unknown): row is Refusals => {
  const { at, until, times, reason, by } = (row ?? {}) as Partial<Record<keyof Refusals, unknown>>;
  return (
    [at, until, times].every((value) => Number.isSafeInteger(value) && Number(value) >= 0) &&
    Number(until) < 8e12 &&
    typeof reason === "string" &&
    /^(cron|hand:\d{1,10})$/.test(String(by))
  );
};
