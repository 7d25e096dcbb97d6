import { type ConsolaOptions, createConsola } from "consola/core";
import { type LineLevel, type LogFormat, type LogStyle, logLine } from "../base/log-line.ts";

/** The log of one call: lines on standard error. */
export type Log = {
  readonly debug: (line: string) => void;
  readonly info: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly error: (line: string) => void;
};

/** The destination of a call's log lines. */
export type LogOutput = {
  /** The format of the next line. */
  readonly format: () => LogFormat;
  /** Sets how the format is determined; evaluated once, when the first line is written. */
  readonly choose: (format: () => LogFormat) => void;
  readonly write: (level: LineLevel, text: string) => void;
};

/** An output through `write`, in the format "text" until another is chosen. */
export function createLogOutput(style: Omit<LogStyle, "format">, write: (text: string) => void): LogOutput {
  let find: (() => LogFormat) | undefined;
  let found: LogFormat = "text";
  const format = (): LogFormat => {
    if (find !== undefined) found = find();
    find = undefined;
    return found;
  };
  return {
    format,
    choose: (chosen) => {
      find = chosen;
    },
    write: (level, text) => write(logLine({ ...style, format: format() }, level, text)),
  };
}

const LEVELS = { CRITICAL: -1, ERROR: 0, WARNING: 1, INFO: 3, DEBUG: 4 } as const;
const TYPES = { error: { level: 0 }, warn: { level: 1 }, info: { level: 3 }, debug: { level: 4 } } as const;

const NAMES: Readonly<Record<string, LineLevel>> = {
  error: "ERROR",
  warn: "WARNING",
  info: "INFO",
  debug: "DEBUG",
};

/** A log that writes lines of at least this importance to the output. */
export function createLog(level: keyof typeof LEVELS, output: LogOutput): Log {
  const consola = createConsola({
    // Fewer types, because consola creates two functions for each of its 15: 0.15 ms of each run (measured).
    types: TYPES as unknown as ConsolaOptions["types"],
    level: LEVELS[level],
    // Throttling would delay a repeated line until after the end of the run.
    throttle: 0,
    reporters: [{ log: ({ type, args }) => output.write(NAMES[type] ?? "INFO", args.join(" ")) }],
  });
  return {
    debug: (line) => consola.debug(line),
    info: (line) => consola.info(line),
    warn: (line) => consola.warn(line),
    error: (line) => consola.error(line),
  };
}
