import { type ConsolaOptions, createConsola } from "consola/core";
import { visible } from "./os/output.ts";

/** The log of one run: lines on standard error, as Python wnm wrote them. */
export type Log = {
  readonly debug: (line: string) => void;
  readonly info: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly error: (line: string) => void;
};

const LEVELS = { CRITICAL: -1, ERROR: 0, WARNING: 1, INFO: 3, DEBUG: 4 } as const;
const TYPES = { error: { level: 0 }, warn: { level: 1 }, info: { level: 3 }, debug: { level: 4 } } as const;
const NAMES: Readonly<Record<string, string>> = {
  error: "ERROR",
  warn: "WARNING",
  info: "INFO",
  debug: "DEBUG",
};

const COLOURS: Readonly<Record<string, number>> = { error: 31, warn: 33 };

/** A log that writes lines of at least this importance through `write`; `colour` marks the words of trouble. */
export function createLog(level: keyof typeof LEVELS, write: (text: string) => void, colour = false): Log {
  const word = (type: string) => {
    const name = NAMES[type] ?? "INFO";
    const code = colour ? COLOURS[type] : undefined;
    return code === undefined ? name : `\u001b[${code}m${name}\u001b[0m`;
  };
  const consola = createConsola({
    // consola makes two functions for each of its types, of which it has 15: 0.15 ms of each run (measured).
    types: TYPES as unknown as ConsolaOptions["types"],
    level: LEVELS[level],
    // Two equal lines are two lines: the throttle would hold the second back until after the end.
    throttle: 0,
    reporters: [{ log: ({ type, args }) => write(`${word(type)} [root] ${visible(args.join(" "))}\n`) }],
  });
  return {
    debug: (line) => consola.debug(line),
    info: (line) => consola.info(line),
    warn: (line) => consola.warn(line),
    error: (line) => consola.error(line),
  };
}
