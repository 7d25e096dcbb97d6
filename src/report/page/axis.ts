import type { Seconds } from "../../model/node.ts";

/** A line across a chart, and what is written beside it. */
export type Tick = { readonly at: number; readonly label: string };

const STEPS = [1, 2, 2.5, 5, 10] as const;
const FEW = 3;

/** The end of an axis that begins at zero, and its round values: at most five, so that the largest value fits. */
export function valueAxis(most: number, label: (value: number) => string): { end: number; ticks: Tick[] } {
  const rough = (most > 0 ? most : 1) / FEW;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((one) => one * power >= rough) ?? 10) * power;
  const count = Math.max(1, Math.ceil((most > 0 ? most : 1) / step - 1e-9));
  const ticks = Array.from({ length: count + 1 }, (_, i) => ({ at: i * step, label: label(i * step) }));
  return { end: count * step, ticks };
}

/** How far a chart looks back. */
export type Period = "day" | "week" | "year";

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** Six-hour marks of a day, midnights of a week, every second first of a month, in the zone of the machine. */
export function timeTicks(period: Period, from: Seconds, until: Seconds): readonly Tick[] {
  const first = new Date(from * 1000);
  const [year, month, date] = [first.getFullYear(), first.getMonth(), first.getDate()];
  const momentOf = (i: number): Date => {
    if (period === "day") return new Date(year, month, date, 6 * i);
    return period === "week" ? new Date(year, month, date + i) : new Date(year, month + 2 * i, 1);
  };
  return Array.from({ length: 12 }, (_, i) => momentOf(i)).flatMap((moment) => {
    const at = moment.getTime() / 1000;
    return at < from || at > until ? [] : [{ at, label: labelOf(period, moment) }];
  });
}

function labelOf(period: Period, moment: Date): string {
  if (period === "day") return `${String(moment.getHours()).padStart(2, "0")}:00`;
  return (period === "week" ? WEEKDAYS[moment.getDay()] : MONTHS[moment.getMonth()]) ?? "";
}
