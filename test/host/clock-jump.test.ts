import { expect, test } from "bun:test";
import fc from "fast-check";
import { clockJump } from "../../src/host/metrics.ts";
import type { Counters } from "../../src/model/host.ts";
import { hasRebooted } from "../../src/observe/measure.ts";
import { aConfig, quietMetrics } from "../support/builders.ts";

const YEAR = 365 * 86_400;
/** 2026-01-01. */
const TODAY = 1_767_225_600;

/** A machine: its wall clock, its time since boot, and its current boot. */
type Machine = { wall: number; uptime: number; boot: number };
/** What happens to it between two runs. */
type Event = { readonly kind: keyof typeof EVENTS; readonly by: number };

const pass = (machine: Machine, seconds: number): void => {
  machine.wall += seconds;
  machine.uptime += seconds;
};

/** Each returns how long a node has been waiting by then, in seconds. */
const EVENTS = {
  time: (machine: Machine, by: number): number => {
    pass(machine, by);
    return by;
  },
  /** CLOCK_BOOTTIME and CLOCK_REALTIME both count the sleep. */
  suspend: (machine: Machine, by: number): number => {
    pass(machine, by);
    return by;
  },
  /** A virtual machine that was suspended; then its clock is set to the right time. */
  pausedVm: (machine: Machine, by: number): number => {
    machine.wall += by;
    return 0;
  },
  setForward: (machine: Machine, by: number): number => {
    machine.wall += by;
    return 0;
  },
  setBack: (machine: Machine, by: number): number => {
    machine.wall -= by;
    return 0;
  },
  /** A container that restarts at once, with its own clock: the same boot id. */
  containerRestart: (machine: Machine): number => {
    machine.uptime = 0;
    pass(machine, 1);
    return 1;
  },
  reboot: (machine: Machine): number => {
    machine.boot += 1;
    machine.uptime = 0;
    pass(machine, 1);
    return 1;
  },
  /** A board without a battery: its clock starts in 1970 at each boot. */
  rebootWithoutBattery: (machine: Machine): number => {
    machine.boot += 1;
    machine.uptime = 0;
    machine.wall = 10;
    return 0;
  },
  /** NTP answers. */
  synchronised: (machine: Machine): number => {
    machine.wall = TODAY + 3 * YEAR;
    return 0;
  },
} as const;

const countersOf = ({ wall, uptime, boot }: Machine): Counters => ({
  boot_id: `boot ${boot}`,
  taken_at: Math.floor(wall),
  uptime,
  cpu_total: undefined,
  cpu_idle: undefined,
  cpu_iowait: undefined,
  cpu_group_used: undefined,
  disk_read_bytes: undefined,
  disk_write_bytes: undefined,
  net_read_bytes: undefined,
  net_write_bytes: undefined,
});

const events = fc.array(
  fc.record({
    kind: fc.constantFrom(...(Object.keys(EVENTS) as (keyof typeof EVENTS)[])),
    by: fc.double({ min: 1, max: 40 * 86_400, noNaN: true }),
  }),
  { minLength: 1, maxLength: 40 },
);

test("whatever happens to the clocks, a wait lasts as long as intended, and no age is negative", () => {
  fc.assert(
    fc.property(events, (happened: readonly Event[]) => {
      const machine: Machine = { wall: TODAY, uptime: 5_000, boot: 1 };
      let last = countersOf(machine);
      let since = last.taken_at;
      let waited = 0;
      for (const [runs, { kind, by }] of happened.entries()) {
        waited += EVENTS[kind](machine, by);
        // A run begins a second after it.
        pass(machine, 1);
        waited += 1;
        const now = countersOf(machine);
        since += clockJump(last, now);
        last = now;
        const age = now.taken_at - since;
        expect(age).toBeGreaterThanOrEqual(0);
        // Each run may lose or gain less time than counts as a clock jump.
        expect(Math.abs(age - waited)).toBeLessThanOrEqual(5 * (runs + 1));
      }
    }),
    { numRuns: 3_000 },
  );
});

test("a clock that steps back and forth by seconds at each run does not shorten a wait", () => {
  const machine: Machine = { wall: TODAY, uptime: 5_000, boot: 1 };
  let last = countersOf(machine);
  let since = last.taken_at;
  for (let run = 0; run < 60; run += 1) {
    pass(machine, 60);
    machine.wall += run % 3 === 0 ? -20 : 50;
    const now = countersOf(machine);
    since += clockJump(last, now);
    last = now;
  }
  expect(Math.abs(last.taken_at - since - 3_600)).toBeLessThanOrEqual(60);
});

test("an uptime that goes back under the same boot id is a restarted container, not a changed clock", () => {
  const before = countersOf({ wall: TODAY, uptime: 864_000, boot: 1 });
  const after = countersOf({ wall: TODAY + 60, uptime: 12, boot: 1 });
  expect(clockJump(before, after)).toBe(0);
  expect(hasRebooted(before, { metrics: quietMetrics, counters: after }, aConfig(), [])).toBe(true);
});
