import { assignment } from "../settings/assignments.ts";
import type { Pairs } from "./machine-config.ts";

/** Fractions are cut to hundredths where people or shells read them; JSON has them whole. */
const shown = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  if (typeof value === "number" && !Number.isInteger(value)) return String(Math.round(value * 100) / 100);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
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
