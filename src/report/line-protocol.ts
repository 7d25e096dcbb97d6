import type { Seconds } from "../model/node.ts";

/** A field in InfluxDB line protocol; undefined omits it, because unknown is not zero. */
export type Field = readonly [key: string, value: string | undefined];

export const integer = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : `${Math.round(value)}i`;

/** A float from a value in hundredths. */
export const hundredths = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : decimal(value / 100);

const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

/** A string: backslash and quote are escaped; a line break would end the line. */
export const text = (value: string): string =>
  `"${value.replace(/[\r\n]+/g, " ").replace(/["\\]/g, "\\$&")}"`;

/** The value of a tag: blank, comma and equals sign are escaped. */
export const tag = (value: string): string => value.replace(/[ ,=]/g, "\\$&");

/** One line of line protocol; "" without a known field, because a line needs at least one. */
export function line(measurement: string, fields: readonly Field[], now: Seconds): string {
  const known = fields.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  return known.length === 0 ? "" : `${measurement} ${known.join(",")} ${now}000000000\n`;
}
