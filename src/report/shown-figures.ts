const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"] as const;

/** Bytes for people, in decimal units: "412 GB", "9.1 GB", "0 bytes". */
export function shownBytes(bytes: number): string {
  let [value, unit] = [Math.abs(bytes), 0];
  while (value >= 999.5 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${bytes < 0 ? "−" : ""}${value.toFixed(digits).replace(/\.0$/, "")} ${UNITS[unit]}`;
}

/** A whole number in groups of three digits: "41 203". */
export const shownCount = (count: number): string =>
  String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, " ");

/** A change of a count: "+1 120", "−7". */
export const shownChange = (change: number): string =>
  `${change < 0 ? "−" : "+"}${shownCount(Math.abs(change))}`;

const ATTO = 1e18;

/** ANT for people, rounded to four digits behind the point, or two that count: "0.0412", "31.5", "0.0000021". */
export function shownAnt(atto: bigint): string {
  const ant = Number(atto) / ATTO;
  if (ant === 0) return "0";
  const digits = ant >= 0.001 ? 4 : 1 - Math.floor(Math.log10(ant));
  return ant.toFixed(Math.min(digits, 18)).replace(/\.?0+$/, "");
}

/** A percentage without digits behind the point, "-" when it is unknown. */
export const shownPercent = (value: number | undefined): string =>
  value === undefined ? "-" : `${Math.round(value)} %`;
