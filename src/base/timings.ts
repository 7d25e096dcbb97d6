/** The stages of a run, in milliseconds, for people who ask where the time goes. */
export type Timings = {
  /** Ends a stage that began at the last lap, or when the process started. */
  lap(stage: string): void;
  /** One line per stage and the total. */
  text(): string;
};

/** Starts with the process: `now` counts milliseconds from there, as performance.now does. */
export function startTimings(now: () => number): Timings {
  const stages = new Map<string, number>();
  let last = 0;
  return {
    lap(stage) {
      const moment = now();
      stages.set(stage, (stages.get(stage) ?? 0) + moment - last);
      last = moment;
    },
    text() {
      const rows = [...stages, ["total", last] as const];
      return rows.map(([stage, ms]) => `${stage.padEnd(10)}${ms.toFixed(1).padStart(9)} ms\n`).join("");
    },
  };
}
