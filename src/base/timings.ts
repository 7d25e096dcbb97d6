/** The stages of a run in milliseconds, for --timings. */
export type Timings = {
  /** Marks the end of a stage that began at the last lap or the process start. */
  lap(stage: string): void;
  /** One line per stage and the total. */
  text(): string;
};

/** Starts the timings. `now` returns milliseconds since the process start, as performance.now does. */
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
