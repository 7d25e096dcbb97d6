import { hostname } from "node:os";
import { messageOf as textOfError } from "../base/text.ts";
import { describeFinding, type Finding, type OpenFinding } from "../model/finding.ts";
import type { Seconds } from "../model/node.ts";
import type { Run } from "../os/command.ts";
import { whyNotRun } from "../os/files/operator-program.ts";
import type { AlertTarget } from "../settings/alert-targets.ts";
import { type Book, failureOf, interruptedAt, isSame, isTimeToRetry, openBook } from "./book.ts";
import { dueOf, isWorthSending, owing, type Seen } from "./due.ts";
import { type AlertSettings, lockAlerts, type Memory, placesOf, recall } from "./memory.ts";
import { type Colony, messageOf } from "./message.ts";
import { type Ping, ping } from "./ping.ts";
import { DEADLINE_MS, idOf, PING, receiversOf, targetsOf } from "./receivers.ts";
import { type Sender, type Sent, sendTo } from "./ways.ts";

/** Timeout of the ping at the beginning of a run. */
const START_MS = 1_000;

/** What sending alerts needs. */
export type Post = {
  readonly database: string;
  readonly uid: number;
  readonly run: Run;
};

/** The findings of a run that may be sent. */
export type News = Seen & {
  readonly colony: Colony;
  /** Set if the run also pings ping_url. `started`: its first ping, which may still be in progress. */
  readonly pings?: { readonly started: Promise<unknown> | undefined };
};

/** The alert settings of the last run that could read the database, for a run that cannot. */
export const lastSettings = ({ database, uid }: Post): AlertSettings | undefined =>
  recall(placesOf(database, uid), uid).settings;

/** Findings for failed deliveries of earlier runs; a target is not told about its own. */
export function alertFindings(
  settings: AlertSettings,
  { database, uid }: Post,
  now: Seconds,
): readonly Finding[] {
  const { targets } = recall(placesOf(database, uid), uid);
  return receiversOf(settings).flatMap(({ id, label, program }) => {
    const { failure, sending } = targets[id] ?? {};
    const lost = program === undefined ? undefined : whyNotRun(program, uid);
    if (lost !== undefined)
      return {
        key: "alert-failed",
        severity: "warning",
        subject: label,
        sentence: `Nothing can be sent to ${label}: ${lost}. The program has to be there, and to belong to this account or root`,
        cure: "wnm --force_action test_alert",
      };
    const interrupted =
      sending !== undefined && Math.abs(now - sending) > 10 ? interruptedAt(sending) : undefined;
    const problem = failure ?? interrupted;
    return problem === undefined
      ? []
      : {
          key: "alert-failed",
          severity: "warning",
          subject: label,
          since: problem.since,
          sentence: `What wnm sent to ${label} did not arrive, or may not have: ${problem.because}`,
          cure: "wnm --force_action test_alert",
        };
  });
}

/** Pings ping_url at the start of a run, without waiting for the response. Never throws. */
export const pingStart = (ping_url: string): Promise<unknown> =>
  ping(ping_url, { kind: "start" }, performance.now() + DEADLINE_MS);

/**
 * Sends due alerts to every target within 3 seconds, and records it. A message is recorded as sent before its first byte
 * leaves, so a killed run never causes a duplicate. Returns the reason if sending failed altogether. Never throws.
 */
export async function sendNews(news: News, settings: AlertSettings, post: Post): Promise<string | undefined> {
  const sender = { run: post.run, uid: post.uid, deadline: performance.now() + DEADLINE_MS };
  try {
    const places = placesOf(post.database, post.uid);
    const pings = pingOf(news, settings);
    const isQuiet = isSettled(recall(places, post.uid), news, settings);
    if (isQuiet && pings === undefined) return undefined;
    using lock = lockAlerts(places);
    // Another run is sending; the next one sends what is left.
    if (lock === undefined) {
      await pings?.(sender);
      return undefined;
    }
    const book = openBook(places, post.uid, settings);
    if (book.is_other) book.save();
    await Promise.all([
      ...targetsOf(settings).map((target) => tell(target, news, settings, book, sender)),
      pings?.(sender).then((sent) => book.note(PING, sent, news.now)),
    ]);
    return undefined;
  } catch (error) {
    return textOfError(error);
  }
}

/** The news for one target: everything except its own failures. */
const heardBy = ({ label }: AlertTarget, news: News): Seen => ({
  ...news,
  findings: news.findings.filter(({ key, subject }) => key !== "alert-failed" || subject !== label),
});

/** True when there is nothing to send or write. */
const isSettled = (memory: Memory, news: News, settings: AlertSettings): boolean =>
  isSame(memory.settings, settings) &&
  targetsOf(settings).every((target) => {
    const { told = [], sending } = memory.targets[idOf(target)] ?? {};
    const next = dueOf(told, heardBy(target, news), settings);
    return sending === undefined && isSame(next.told, told);
  });

/** Sends one target its due alerts. */
async function tell(
  target: AlertTarget,
  news: News,
  settings: AlertSettings,
  book: Book,
  sender: Sender,
): Promise<void> {
  const id = idOf(target);
  const before = book.of(id);
  const { now } = news;
  const { due, told } = dueOf(before.told, heardBy(target, news), settings);
  if (due.begun.length + due.lasting.length + due.over.length === 0) {
    if (!isSame(told, before.told)) book.save(id, { ...before, told });
    return;
  }
  if (before.failure !== undefined && !isTimeToRetry(before.failure, now)) return;
  const commit = (): void => book.save(id, { ...before, told, sending: now });
  const sent = await sendTo(target, messageOf(due, hostname(), news.colony), settings, sender, commit);
  const failure = failureOf(sent, before.failure, now);
  const known = sent.arrived === "no" ? owing(before.told, due, now) : told;
  book.save(id, { told: known, ...(failure && { failure }) });
}

/** The ping at the end of a run: success, or the findings that the settings ask to be alerted about. */
function pingOf(news: News, settings: AlertSettings): ((sender: Sender) => Promise<Sent>) | undefined {
  const { ping_url } = settings;
  const { pings } = news;
  if (ping_url === undefined || pings === undefined) return undefined;
  const wrong = news.findings.filter(
    (finding): finding is OpenFinding =>
      finding.key !== "alert-failed" && isWorthSending(finding, settings, news.now),
  );
  const call: Ping =
    wrong.length === 0 ? { kind: "success" } : { kind: "fail", body: wrong.map(describeFinding).join("\n") };
  return async ({ deadline }) => {
    await Promise.race([pings.started, Bun.sleep(START_MS)]);
    return ping(ping_url, call, deadline);
  };
}
