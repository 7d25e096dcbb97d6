import { escapeControls } from "./text.ts";

/** Log formats: "text", or "python" for Python wnm's. */
export const LOG_FORMATS = ["text", "python"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export type LineLevel = "ERROR" | "WARNING" | "INFO" | "DEBUG";

/** The style of a call's log lines, and the clock. */
export type LogStyle = {
  readonly format: LogFormat;
  readonly colour: boolean;
  /** Lines for a terminal carry no time. */
  readonly terminal: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

const COLOURS: Partial<Readonly<Record<LineLevel, number>>> = { ERROR: 31, WARNING: 33 };

/** Escapes line breaks, so that no text can forge a log line. */
const oneLine = (text: string): string => escapeControls(text).replaceAll("\n", "\\n");

/** One log line with its line break: "2026-11-28T15:04:01Z INFO add antnode0005: ...". Times are UTC. */
export function logLine(style: LogStyle, level: LineLevel, text: string): string {
  const code = style.colour ? COLOURS[level] : undefined;
  const word = code === undefined ? level : `\u001b[${code}m${level}\u001b[0m`;
  if (style.format === "python") return `${word} [root] ${oneLine(text)}\n`;
  const time = style.terminal ? "" : `${new Date(style.now()).toISOString().slice(0, 19)}Z `;
  return `${time}${word} ${oneLine(text)}\n`;
}
