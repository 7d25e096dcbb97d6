import type { Seconds } from "../model/node.ts";

const DAY = 86_400;
/** A shorter past cannot be extrapolated to a week. */
const LEAST_PAST = 3 * DAY;

/** How much a value changes in a day, by least squares; undefined below three days. The oldest point comes first. Pure. */
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
