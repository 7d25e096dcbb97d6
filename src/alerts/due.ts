import { identityOf } from "../checks/settle.ts";
import type { OpenFinding } from "../model/finding.ts";
import type { Seconds } from "../model/node.ts";

/** A finding as last sent to a target. */
export type Told = Pick<OpenFinding, "key" | "node" | "subject" | "severity" | "sentence" | "since"> & {
  /** When it was last sent. */
  readonly told_at: Seconds;
  /** It was due but certainly did not arrive. */
  readonly owed?: true;
  /** When it ended, while that is held back because others of its kind may follow. */
  readonly over_at?: Seconds;
};

/** The alerts due to a target. */
export type Due = {
  readonly begun: readonly OpenFinding[];
  readonly lasting: readonly OpenFinding[];
  readonly over: readonly OpenFinding[];
};

/** The settings that decide when a finding is sent. */
export type DueSettings = {
  readonly alert_level: "warning" | "bad";
  readonly alert_after: Seconds;
  readonly alert_repeat: Seconds;
};

/** A run's findings. `complete`: everything was checked, so a finding that is missing has ended. */
export type Seen = {
  readonly now: Seconds;
  readonly findings: readonly OpenFinding[];
  readonly complete: boolean;
};

/** Once a kind has this many findings, further ones wait for the next message of that kind. */
const MASS = 3;
const MASS_WAIT: Seconds = 15 * 60;

/** True when the settings require an alert for this finding by now. Pure. */
export const isWorthSending = (
  { severity, since }: OpenFinding,
  { alert_level, alert_after }: DueSettings,
  now: Seconds,
): boolean => (alert_level === "warning" || severity === "bad") && now - since >= alert_after;

/**
 * The alerts due to a target, and the findings it knows afterwards. Each finding is sent when it begins or becomes bad,
 * again after alert_repeat, and when it ends. Many of one kind within 15 minutes make at most two messages. Pure.
 */
export function dueOf(
  told: readonly Told[],
  { now, findings, complete }: Seen,
  settings: DueSettings,
): { readonly due: Due; readonly told: readonly Told[] } {
  const known = new Map(told.map((one) => [identityOf(one), one]));
  const open = new Map(findings.map((finding) => [identityOf(finding), finding]));
  const isWaiting = massWaiting(told, now);
  const begun: OpenFinding[] = [];
  const lasting: OpenFinding[] = [];
  const after = new Map<string, Told>();
  for (const [identity, finding] of open) {
    const before = known.get(identity);
    if (before === undefined || before.owed === true) {
      const sends =
        isWorthSending(finding, settings, now) && (before !== undefined || !isWaiting(finding.key));
      if (sends) begun.push(finding);
      if (sends || before !== undefined)
        after.set(identity, sends ? toldNow(finding, now) : (before as Told));
      continue;
    }
    const { over_at: _, ...kept } = before;
    const is_worse = finding.severity === "bad" && before.severity !== "bad";
    // A time in the future stems from a wrong clock.
    const age = before.told_at > now ? Number.POSITIVE_INFINITY : now - before.told_at;
    if (is_worse) begun.push(finding);
    else if (settings.alert_repeat > 0 && age >= settings.alert_repeat) lasting.push(finding);
    else {
      after.set(identity, kept);
      continue;
    }
    after.set(identity, toldNow(finding, now));
  }
  const gone = told.filter((one) => !open.has(identityOf(one)));
  const over: OpenFinding[] = [];
  for (const one of gone) {
    const over_at = one.over_at ?? now;
    const is_held =
      told.filter(({ key }) => key === one.key).length >= MASS && findings.some(({ key }) => key === one.key);
    if (!complete) after.set(identityOf(one), one);
    else if (is_held && Math.abs(now - over_at) < MASS_WAIT) after.set(identityOf(one), { ...one, over_at });
    else over.push({ ...one, open: false });
  }
  return { due: { begun, lasting, over }, told: inOrder(after) };
}

/** Sorts the findings, so that an unchanged set is not written again. */
const inOrder = (told: ReadonlyMap<string, Told>): readonly Told[] =>
  [...told].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);

const toldNow = (finding: OpenFinding, now: Seconds): Told => {
  const { key, node, subject, severity, sentence, since } = finding;
  return { key, node, subject, severity, sentence, since, told_at: now };
};

/** Whether many findings of a kind were sent recently. */
function massWaiting(told: readonly Told[], now: Seconds): (key: string) => boolean {
  const recent = told.filter(({ told_at, owed }) => owed !== true && Math.abs(now - told_at) < MASS_WAIT);
  return (key) => recent.filter((one) => one.key === key).length >= MASS;
}

/** A target's findings after a message that certainly did not arrive: new ones remain owed. Pure. */
export const owing = (before: readonly Told[], { begun }: Due, now: Seconds): readonly Told[] => {
  const known = new Set(before.map(identityOf));
  return [
    ...before,
    ...begun
      .filter((one) => !known.has(identityOf(one)))
      .map((one) => ({ ...toldNow(one, now), owed: true as const })),
  ];
};
