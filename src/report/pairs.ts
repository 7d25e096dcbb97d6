import { assignment } from "../settings/assignments.ts";

/** A report as ordered pairs; undefined is unknown. */
export type Pairs = readonly (readonly [key: string, value: unknown])[];

/** Unknown values in a list are left out. */
const withoutNull = (_key: string, value: unknown): unknown => value ?? undefined;

/** Rounds fractions to hundredths for people and shells; JSON keeps all digits. */
const shown = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  if (typeof value === "number" && !Number.isInteger(value)) return String(Math.round(value * 100) / 100);
  return typeof value === "object" ? JSON.stringify(value, withoutNull) : String(value);
};

/** "key: value" lines; an unknown value is empty. */
export const pairsText = (pairs: Pairs): string =>
  pairs.map(([key, value]) => `${key}: ${shown(value)}\n`).join("");

/** One object; an unknown value is null. */
export const pairsJson = (pairs: Pairs): unknown =>
  Object.fromEntries(pairs.map(([key, value]) => [key, value ?? null]));

/** KEY=value lines that a shell reads (`set -a; . FILE`). */
export const pairsEnv = (pairs: Pairs): string =>
  pairs.map(([key, value]) => assignment(key.toUpperCase(), shown(value))).join("");

/** key=value lines that `wnm -c FILE` reads back. */
export const pairsConfig = (pairs: Pairs): string =>
  pairs.map(([key, value]) => assignment(key, shown(value))).join("");
