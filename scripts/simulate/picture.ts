import type { Minute } from "./score.ts";

/** A game to be drawn, with the name of its rules. */
export type Curve = { readonly rules: string; readonly minutes: readonly Minute[] };

const WIDTH = 1000;
const HEIGHT = 180;
const GAP = 40;
const POINTS = 500;
const COLOURS = ["#1864ab", "#e8590c", "#2b8a3e", "#862e9c"];

type Panel = { readonly title: string; readonly value: (part: readonly Minute[]) => number };

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const PANELS: readonly Panel[] = [
  { title: "nodes running", value: (part) => mean(part.map(({ running }) => running)) },
  { title: "CPU, %", value: (part) => mean(part.map(({ cpu }) => cpu)) },
  {
    title: "stops an hour",
    value: (part) => (part.reduce((sum, { stops }) => sum + stops, 0) * 60) / Math.max(1, part.length),
  },
];

/** Nodes, processor and stops over time as SVG, one panel each, one line for each set of rules. */
export function svgOf(title: string, curves: readonly Curve[]): string {
  const height = GAP + PANELS.length * (HEIGHT + GAP);
  const legend = curves.map(
    ({ rules }, i) =>
      `<text x="${WIDTH - 120 * (curves.length - i)}" y="20" fill="${COLOURS[i % 4]}">${rules}</text>`,
  );
  const panels = PANELS.map((panel, i) => drawn(panel, curves, GAP + i * (HEIGHT + GAP)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH + 60} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" fill="white"/><text x="50" y="20">${title}</text>`,
    ...legend,
    ...panels,
    "</svg>\n",
  ].join("\n");
}

function drawn({ title, value }: Panel, curves: readonly Curve[], top: number): string {
  const lines = curves.map(({ minutes }) => {
    const size = Math.max(1, Math.ceil(minutes.length / POINTS));
    const parts = Array.from({ length: Math.ceil(minutes.length / size) }, (_, i) =>
      minutes.slice(i * size, (i + 1) * size),
    );
    return parts.map(value);
  });
  const most = Math.max(1, ...lines.flat());
  const paths = lines.map((points, i) => {
    const at = (point: number, x: number): string =>
      `${(50 + (x * WIDTH) / Math.max(1, points.length - 1)).toFixed(1)},${(top + HEIGHT - (point * HEIGHT) / most).toFixed(1)}`;
    return `<polyline fill="none" stroke="${COLOURS[i % 4]}" points="${points.map(at).join(" ")}"/>`;
  });
  return [
    `<text x="50" y="${top - 6}">${title}</text>`,
    `<rect x="50" y="${top}" width="${WIDTH}" height="${HEIGHT}" fill="none" stroke="#ccc"/>`,
    `<text x="4" y="${top + 12}">${most.toFixed(0)}</text><text x="4" y="${top + HEIGHT}">0</text>`,
    ...paths,
  ].join("\n");
}
