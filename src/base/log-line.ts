import { escapeControls } from "./text.ts";

/** How lines of the log look: "text" for people and files, "python" as Python wnm wrote them. */
export const LOG_FORMATS = ["text", "python"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export type LineLevel = "ERROR" | "WARNING" | "INFO" | "DEBUG";

/** How the lines of one call look, and when it is. */
export type LogStyle = {
  readonly format: LogFormat;
  readonly colour: boolean;
  /** Lines for a terminal carry no time. */
  readonly terminal: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

const COLOURS: Partial<Readonly<Record<LineLevel, number>>> = { ERROR: 31, WARNING: 33 };

/** A line of the log is one line, so that no text in it begins another. */
const oneLine = (text: string): string => escapeControls(text).replaceAll("\n", "\\n");

/** One line of the log, with its line break: "2026-11-28T15:04:01Z INFO add antnode0005: ...". Times are UTC. */
export function logLine(style: LogStyle, level: LineLevel, text: string): string {
  const code = style.colour ? COLOURS[level] : undefined;
  const word = code === undefined ? level : `\u001b[${code}m${level}\u001b[0m`;
  if (style.format === "python") return `${word} [root] ${oneLine(text)}\n`;
  const time = style.terminal ? "" : `${new Date(style.now()).toISOString().slice(0, 19)}Z `;
  return `${time}${word} ${oneLine(text)}\n`;
}
