import type { Seconds } from "../model/node.ts";
import { textOf } from "../os/files/open-regular.ts";
import { putInPlace } from "../os/files/write-whole.ts";

const HOUR_SECONDS = 3600;

/** The minimum age of a release (node_version_hold), and the current time. */
export type Hold = { readonly hours: number; readonly now: Seconds };

/** Why a release is too young, as the end of a sentence; undefined when it is old enough. Pure. */
export function whyTooYoung(published_at: Seconds, { hours, now }: Hold): string | undefined {
  const due = published_at + hours * HOUR_SECONDS;
  if (now >= due) return undefined;
  const age = Math.max(0, Math.floor((now - published_at) / HOUR_SECONDS));
  const when = new Date(due * 1000).toISOString().replace(/\.000Z$/, "Z");
  return `is ${age} h old, and node_version_hold is ${hours} h: it is not taken before ${when}`;
}

/** When a version was first seen, for servers that publish no date; recorded in `folder`. Throws the system's error. */
export function firstSeen(folder: string, version: string, now: Seconds): Seconds {
  const path = `${folder}/first-seen.json`;
  const seen = seenAt(path);
  const before = seen[version];
  if (before !== undefined && before <= now) return before;
  putInPlace(path, JSON.stringify({ [version]: now }), { mode: 0o600 });
  return now;
}

function seenAt(path: string): Readonly<Record<string, number>> {
  try {
    const seen: unknown = JSON.parse(textOf(path, "settings") ?? "");
    const entries = Object.entries(seen ?? {}).filter(([, at]) => typeof at === "number");
    return Object.fromEntries(entries) as Record<string, number>;
  } catch {
    return {};
  }
}
