import type { Seconds } from "../model/node.ts";

const DAY = 86_400;
/** The minimum history for extrapolating to a week. */
const LEAST_PAST = 3 * DAY;

/** The change per day by least squares; undefined with less than three days of history. Oldest point first. Pure. */
export function slopePerDay(
  points: readonly { readonly at: Seconds; readonly value: number }[],
): number | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < LEAST_PAST) return undefined;
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
  const days = points.map(({ at }) => (at - last.at) / DAY);
  const [day, value] = [mean(days), mean(points.map((point) => point.value))];
  const spread = days.reduce((sum, d) => sum + (d - day) ** 2, 0);
  return points.reduce((sum, p, i) => sum + ((days[i] ?? 0) - day) * (p.value - value), 0) / spread;
}
