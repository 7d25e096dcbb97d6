import type { Seconds } from "../model/node.ts";
import {
  type AlertSettings,
  type Failure,
  type Memory,
  recall,
  remember,
  type TargetMemory,
} from "./memory.ts";
import { receiversOf } from "./receivers.ts";
import type { Sent } from "./ways.ts";

const FIRST_WAIT: Seconds = 60;
const LONGEST_WAIT: Seconds = 3_600;
/** Tolerance, since cron is not exact. */
const SLACK: Seconds = 5;

/** The alert state while locked. */
export type Book = {
  /** The settings differ from the recorded ones, or a run was killed while sending. */
  readonly is_other: boolean;
  readonly of: (id: string) => TargetMemory;
  readonly save: (id?: string, target?: TargetMemory) => void;
  /** Records the outcome of a delivery that does not concern findings. */
  readonly note: (id: string, sent: Sent, now: Seconds) => void;
};

/** Opens the alert state, which must be locked. Drops receivers that are no longer configured. */
export function openBook(places: readonly string[], uid: number, settings: AlertSettings): Book {
  const stored = recall(places, uid);
  const ids = new Set(receiversOf(settings).map(({ id }) => id));
  let memory: Memory = {
    ...stored,
    settings,
    targets: Object.fromEntries(
      Object.entries(stored.targets).flatMap(([id, { sending, ...target }]) =>
        ids.has(id)
          ? [[id, sending === undefined ? target : { ...target, failure: interruptedAt(sending) }]]
          : [],
      ),
    ),
  };
  const of = (id: string): TargetMemory => memory.targets[id] ?? { told: [] };
  const save: Book["save"] = (id, target) => {
    const targets =
      id === undefined || target === undefined ? memory.targets : { ...memory.targets, [id]: target };
    memory = { ...memory, version: memory.version + 1, targets };
    remember(places, memory);
  };
  return {
    is_other:
      !isSame(stored.settings, settings) ||
      Object.values(stored.targets).some(({ sending }) => sending !== undefined),
    of,
    save,
    note: (id, sent, now) => {
      const failure = failureOf(sent, of(id).failure, now);
      if (failure !== undefined || of(id).failure !== undefined)
        save(id, { told: [], ...(failure && { failure }) });
    },
  };
}

/** True when two values are equal as JSON. */
export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The failure record for this outcome of a delivery. */
export function failureOf(
  { arrived, because }: Sent,
  before: Failure | undefined,
  now: Seconds,
): Failure | undefined {
  if (arrived === "yes") return undefined;
  const sure =
    arrived === "no" ? because : `${because}, and it is not sent again because it may have arrived`;
  const times = arrived === "no" ? (before?.times ?? 0) + 1 : 0;
  return { since: before?.since ?? now, at: now, times, because: sure };
}

/** The failure record for a delivery begun at `at` by a run that was killed. */
export const interruptedAt = (at: Seconds): Failure => ({
  ...{ since: at, at, times: 0 },
  because: "the run was killed while it sent, and it is not sent again because it may have arrived",
});

/** True when the back-off after a failure is over; after an uncertain failure there is none. */
export const isTimeToRetry = ({ at, times }: Failure, now: Seconds): boolean =>
  times === 0 || Math.abs(now - at) >= Math.min(FIRST_WAIT * 2 ** (times - 1), LONGEST_WAIT) - SLACK;
