import { ATTO_PER_ANT } from "../../model/atto.ts";
import type { Hour, MachineDay } from "../../model/days.ts";
import type { History } from "../../model/history.ts";
import type { Seconds } from "../../model/node.ts";
import { isOld } from "../as-of.ts";
import { shownForecast } from "../disk-forecast.ts";
import { midnight, type Overview } from "../overview.ts";
import { shownAnt, shownCount, shownPercent } from "../shown-figures.ts";
import type { Period } from "./axis.ts";
import type { Chart, Point } from "./chart.ts";

const [QUARTER, HOUR, DAY] = [900, 3600, 86_400];

/** What charts are drawn from, the oldest first. */
export type ChartFacts = {
  readonly now: Seconds;
  readonly quarters: History["quarters"];
  /** Of the last eight days. */
  readonly hours: readonly Hour[];
  /** Of the last year. */
  readonly days: readonly MachineDay[];
};

type Span = Pick<Chart, "period" | "from" | "until" | "step"> & {
  readonly rows: readonly MachineDay[];
};

/** The six figures, each over a day, a week and a year. */
export function chartsOf(overview: Overview, facts: ChartFacts): readonly (readonly Chart[])[] {
  const spans = spansOf(facts);
  return [nodesUp, cpu, memory, disk, records, rewards].map((chart) =>
    spans.map((span) => chart(span, overview, facts)),
  );
}

/** Hours of a day and a week, days of a year. */
function spansOf({ now, hours, days }: ChartFacts): readonly Span[] {
  const span = (period: Period, seconds: Seconds, step: Seconds, rows: readonly MachineDay[]): Span => ({
    ...{ period, from: now - seconds, until: now, step },
    rows: rows.filter(({ began_at }) => began_at >= now - seconds - step),
  });
  return [
    span("day", DAY, HOUR, hours),
    span("week", 7 * DAY, HOUR, hours),
    span("year", 365 * DAY, DAY, days),
  ];
}

/** The middle of an hour or day stands for it; one that has not ended, for now. */
const pointsOf = (
  { rows, step, until, from }: Span,
  value: (row: MachineDay) => number | undefined,
): readonly Point[] =>
  rows.map((row) => ({
    at: Math.max(from, Math.min(until, row.began_at + step / 2)),
    value: value(row),
  }));

/** What nodes told is of the last survey. */
const whenAsked = (overview: Overview): string => (isOld(overview) ? "when last asked" : "now");

function nodesUp(span: Span, overview: Overview): Chart {
  const { nodes } = overview;
  const { rows, step, from, until } = span;
  return {
    ...{
      ...span,
      title: "Nodes with a process",
      legend: "line: the most in an hour or day; area: down to the fewest",
      shown: shownCount,
    },
    figure: `${nodes.up} of ${nodes.total} up ${whenAsked(overview)}, node_cap ${nodes.node_cap}`,
    line: pointsOf(span, ({ most_up }) => most_up),
    band: rows.map(({ began_at, fewest_up: low, most_up: high }) => ({
      ...{ at: Math.max(from, Math.min(until, began_at + step / 2)), low, high },
    })),
    limits: nodes.node_cap === 0 ? [] : [{ value: nodes.node_cap, label: `node_cap ${nodes.node_cap}` }],
  };
}

/** A day of quarters is finer than its hours. */
const finer = (
  span: Span,
  { quarters }: ChartFacts,
  name: "used_cpu_percent" | "used_mem_percent" | "used_hd_percent",
): Pick<Chart, "line" | "step"> =>
  span.period === "day" && quarters.length > 0
    ? {
        step: QUARTER,
        line: quarters
          .filter(({ began_at }) => began_at >= span.from && began_at <= span.until)
          .map((row) => ({ at: row.began_at, value: row[name] })),
      }
    : { step: span.step, line: pointsOf(span, (row) => row[name]) };

const percentAxis = { most: 100, shown: (value: number): string => `${value} %` };

const cpu = (span: Span, { machine }: Overview, facts: ChartFacts): Chart => ({
  ...{ ...span, ...percentAxis, title: "Processor" },
  figure: `${shownPercent(machine.used_cpu_percent)} now`,
  ...finer(span, facts, "used_cpu_percent"),
  limits: thresholds(machine.cpu_less_than, machine.cpu_remove),
});

const memory = (span: Span, { machine }: Overview, facts: ChartFacts): Chart => ({
  ...{ ...span, ...percentAxis, title: "Memory" },
  figure: `${shownPercent(machine.used_mem_percent)} now`,
  ...finer(span, facts, "used_mem_percent"),
  limits: thresholds(machine.mem_less_than, machine.mem_remove),
});

/** A threshold above 100 is never reached. */
const thresholds = (grow: number, stop: number): NonNullable<Chart["limits"]> =>
  [
    { value: stop, label: `stops above ${stop} %` },
    { value: grow, label: `adds below ${grow} %` },
  ].filter(({ value }) => value <= 100);

/** The line goes on for a quarter of the time that is shown. */
const AHEAD = 0.25;

function disk(span: Span, { disk: now, disks = [] }: Overview, facts: ChartFacts): Chart {
  const past = finer(span, facts, "used_hd_percent");
  const ahead = shownForecast(now);
  const until = span.until + (span.until - span.from) * AHEAD;
  const forecast = forecastOf(now, facts.now, until);
  return {
    ...{ ...span, ...percentAxis, ...past },
    // The hours are of the first of several.
    title: disks[0] === undefined ? "Disk" : `Disk ${disks[0].disk}`,
    legend: "dots: forecast at the rate of the last week",
    figure: `${shownPercent(now.used_hd_percent)} now${ahead === undefined ? "" : `, ${ahead}`}`,
    until: forecast === undefined ? span.until : until,
    limits: now.hd_remove <= 100 ? [{ value: now.hd_remove, label: `full at ${now.hd_remove} %` }] : [],
    forecast,
  };
}

function forecastOf(
  { used_hd_percent: used, days_until_full: days, hd_remove }: Overview["disk"],
  now: Seconds,
  until: Seconds,
): Chart["forecast"] {
  if (used === undefined || days === undefined || used >= hd_remove) return undefined;
  const full_at = now + days * DAY;
  const end = Math.min(full_at, until);
  const value = used + ((hd_remove - used) * (end - now)) / (full_at - now);
  const label = full_at <= until ? `full ${shownDay(full_at)}` : "";
  return {
    points: [
      { at: now, value: used },
      { at: end, value },
    ],
    label,
  };
}

/** "4 Jan". */
const shownDay = (at: Seconds): string => {
  const moment = new Date(at * 1000);
  return `${moment.getDate()} ${moment.toLocaleString("en", { month: "short" })}`;
};

const records = (span: Span, overview: Overview): Chart => ({
  ...{ ...span, title: "Records", shown: shownShort },
  figure: `${shownCount(overview.records.total)} ${whenAsked(overview)}`,
  line: pointsOf(span, ({ records: count }) => count),
});

/** "40 k", "1.2 M". */
const shownShort = (value: number): string => {
  if (value >= 1e6) return `${Math.round(value / 1e5) / 10} M`;
  return value >= 1e4 ? `${Math.round(value / 1e2) / 10} k` : String(Math.round(value * 10) / 10);
};

/** By the hour in a day, else by the day. */
function rewards(span: Span, { earned }: Overview, { now, hours }: ChartFacts): Chart {
  const ant = (atto: bigint): number => Number(atto) / Number(ATTO_PER_ANT);
  const day_bars = earned.days.map((atto, i) => ({
    at: midnight(now, earned.days.length - 1 - i),
    value: ant(atto),
  }));
  const shown = (value: number): string => String(Number(value.toPrecision(3)));
  const base = { ...span, shown, title: "Rewards in ANT" };
  if (span.period === "day") {
    const bars = hours
      .filter(({ began_at }) => began_at >= span.from)
      .map(({ began_at: at, earned: atto }) => ({ at, value: ant(atto) }));
    return { ...base, bars, figure: `${shownAnt(earned.today)} today` };
  }
  if (span.period === "week")
    return {
      ...base,
      bars: day_bars,
      step: DAY,
      from: midnight(now, 6),
      until: midnight(now, -1),
      figure: `${shownAnt(earned.week)} in 7 days`,
    };
  const sum = span.rows.reduce((all, row) => all + row.earned, 0n);
  const bars = span.rows.map(({ began_at, earned: atto }) => ({
    at: Math.max(span.from, began_at),
    value: ant(atto),
  }));
  return { ...base, bars, figure: `${shownAnt(sum)} in a year` };
}
