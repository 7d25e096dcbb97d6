import type { Seconds } from "./node.ts";

const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
] as const;

/** A duration in its two largest units: "41 s", "4 min", "4 h 19 min", "6 d 2 h". */
export function shownDuration(seconds: Seconds): string {
  const whole = Math.max(0, Math.floor(seconds));
  const first = UNITS.findIndex(([, size]) => whole >= size);
  if (first < 0) return "0 s";
  const [unit, size] = UNITS[first] ?? ["s", 1];
  const count = Math.floor(whole / size);
  // Seconds are omitted once there are minutes.
  const next = unit === "min" ? undefined : UNITS[first + 1];
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next[1]);
  return rest === 0 || next === undefined ? `${count} ${unit}` : `${count} ${unit} ${rest} ${next[0]}`;
}
