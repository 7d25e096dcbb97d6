import type { Seconds } from "../../model/node.ts";
import { type Period, timeTicks, valueAxis } from "./axis.ts";
import { escaped } from "./html.ts";

/** A value at a moment; undefined is unknown and leaves a gap. */
export type Point = { readonly at: Seconds; readonly value: number | undefined };

/** What a chart draws. Lines differ by their dashes and labels, so that no colour is needed to read them. */
export type Chart = {
  readonly title: string;
  /** What lines, areas and dots mean, where that is not plain. */
  readonly legend?: string;
  readonly period: Period;
  readonly from: Seconds;
  readonly until: Seconds;
  /** Seconds between points; where more than twice as many pass, the line has a gap. */
  readonly step: Seconds;
  /** The figure of now, for people. */
  readonly figure: string;
  readonly line?: readonly Point[];
  readonly bars?: readonly Point[];
  /** From the least to the most, as an area. */
  readonly band?: readonly { readonly at: Seconds; readonly low: number; readonly high: number }[];
  /** Limits, as dashed lines across. */
  readonly limits?: readonly { readonly value: number; readonly label: string }[];
  /** Where the line goes, dotted, and what is written at its end. */
  readonly forecast?: { readonly points: readonly Point[]; readonly label: string } | undefined;
  /** The end of the axis, where that is not the largest value. */
  readonly most?: number;
  readonly shown: (value: number) => string;
};

const [WIDTH, HEIGHT] = [360, 150];
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 8, 10, 20];

type Scale = { readonly x: (at: number) => number; readonly y: (value: number) => number };

/** The chart as one SVG element, which needs nothing else. Pure apart from the zone of the machine. */
export function svgOf(chart: Chart): string {
  const axis = valueAxis(mostOf(chart), chart.shown);
  const scale: Scale = {
    x: (at) => round(LEFT + ((at - chart.from) / (chart.until - chart.from)) * (WIDTH - LEFT - RIGHT)),
    y: (value) => round(HEIGHT - BOTTOM - (Math.max(0, value) / axis.end) * (HEIGHT - TOP - BOTTOM)),
  };
  const rows = axis.ticks.map(
    ({ at, label }) =>
      `<path class="grid" d="M${LEFT} ${scale.y(at)}H${WIDTH - RIGHT}"/><text x="${LEFT - 4}" y="${scale.y(at) + 3}" text-anchor="end">${escaped(label)}</text>`,
  );
  const columns = timeTicks(chart.period, chart.from, chart.until)
    .filter(({ at }) => scale.x(at) < WIDTH - RIGHT - 12)
    .map(
      ({ at, label }) =>
        `<path class="grid" d="M${scale.x(at)} ${HEIGHT - BOTTOM}v3"/><text x="${scale.x(at)}" y="${HEIGHT - 6}" text-anchor="middle">${escaped(label)}</text>`,
    );
  const words = `${chart.title}, last ${chart.period}: ${chart.figure}`;
  const content = [
    ...rows,
    ...columns,
    bandOf(chart, scale),
    barsOf(chart, scale),
    ...limitsOf(chart, scale),
  ];
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(words)}"><title>${escaped(words)}</title>${content.join("")}${lineOf(chart, scale)}${forecastOf(chart, scale)}${emptyOf(chart)}</svg>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const known = (points: readonly Point[] | undefined): readonly number[] =>
  (points ?? []).flatMap(({ value }) => (value === undefined ? [] : [value]));

function mostOf({ most, line, bars, band, limits }: Chart): number {
  if (most !== undefined) return most;
  const highs = (band ?? []).map(({ high }) => high);
  const values = [...known(line), ...known(bars), ...highs, ...(limits ?? []).map(({ value }) => value)];
  return values.reduce((high, value) => Math.max(high, value), 0);
}

/** Pieces of points without a gap. */
function pieces(points: readonly Point[], step: Seconds): readonly (readonly Required<Point>[])[] {
  const found: { at: Seconds; value: number }[][] = [];
  let last: Seconds | undefined;
  for (const { at, value } of points) {
    if (value === undefined) continue;
    if (last === undefined || at - last > 2 * step) found.push([]);
    found.at(-1)?.push({ at, value });
    last = at;
  }
  return found;
}

const pathOf = (points: readonly Point[], { x, y }: Scale): string =>
  `M${points.map(({ at, value = 0 }) => `${x(at)} ${y(value)}`).join("L")}`;

function lineOf({ line = [], step }: Chart, scale: Scale): string {
  const parts = pieces(line, step);
  const paths = parts.map((points) => `<path class="line" d="${pathOf(points, scale)}"/>`);
  const last = parts.at(-1)?.at(-1);
  const end =
    last?.value === undefined
      ? ""
      : `<circle class="end" cx="${scale.x(last.at)}" cy="${scale.y(last.value)}" r="3"/>`;
  return paths.join("") + end;
}

function bandOf({ band = [] }: Chart, { x, y }: Scale): string {
  if (band.length < 2) return "";
  const tops = band.map(({ at, high }) => `${x(at)} ${y(high)}`);
  const lows = band.toReversed().map(({ at, low }) => `${x(at)} ${y(low)}`);
  return `<path class="band" d="M${tops.join("L")}L${lows.join("L")}Z"/>`;
}

function barsOf({ bars = [], step, from }: Chart, { x, y }: Scale): string {
  const width = Math.max(1, round((x(from + step) - x(from)) * 0.75));
  const bottom = HEIGHT - BOTTOM;
  const paths = bars.flatMap(({ at, value }) =>
    value === undefined || value <= 0
      ? []
      : `M${Math.max(LEFT, x(at))} ${bottom}V${Math.min(bottom - 1, y(value))}H${Math.min(WIDTH - RIGHT, round(Math.max(LEFT, x(at)) + width))}V${bottom}`,
  );
  return paths.length === 0 ? "" : `<path class="bars" d="${paths.join("")}"/>`;
}

const limitsOf = ({ limits = [] }: Chart, { y }: Scale): readonly string[] =>
  limits.map(({ value, label }, i) => {
    // Limits may be close to each other: their labels are at both ends.
    const place = i % 2 === 0 ? `x="${LEFT + 4}"` : `x="${WIDTH - RIGHT - 8}" text-anchor="end"`;
    return `<path class="limit" d="M${LEFT} ${y(value)}H${WIDTH - RIGHT}"/><text class="note" ${place} y="${y(value) - 3}">${escaped(label)}</text>`;
  });

function forecastOf({ forecast }: Chart, scale: Scale): string {
  const last = forecast?.points.at(-1);
  if (forecast === undefined || last?.value === undefined) return "";
  const [x, y] = [scale.x(last.at), scale.y(last.value)];
  return `<path class="forecast" d="${pathOf(forecast.points, scale)}"/><path class="end" d="M${x} ${y - 4}l4 4-4 4-4-4z"/><text class="note" x="${x - 6}" y="${y + 14}" text-anchor="end">${escaped(forecast.label)}</text>`;
}

const emptyOf = ({ line, bars }: Chart): string =>
  known(line).length + known(bars).length > 0
    ? ""
    : `<text x="${(WIDTH + LEFT) / 2}" y="${HEIGHT / 2}" text-anchor="middle">nothing is known yet</text>`;
