import type { Seconds } from "../model/node.ts";

/** A line of an ant-node's log in the text format. */
export type Line = {
  /** Where it begins in the log. */
  readonly from: number;
  readonly stamp: string;
  readonly level: string;
  readonly words: string;
};

const LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?)\s+(ERROR|WARN|INFO|DEBUG|TRACE)\s+(.*)$/;

/** The last log line that contains the text and passes the check. Pure. */
export function lastLine(
  log: Buffer,
  text: string,
  passes: (line: Line) => boolean = () => true,
): Line | undefined {
  let at = log.lastIndexOf(text);
  while (at >= 0) {
    const from = log.lastIndexOf("\n", at) + 1;
    const end = log.indexOf("\n", at);
    const [, stamp, level, words] = LINE.exec(log.toString("utf8", from, end < 0 ? undefined : end)) ?? [];
    if (stamp !== undefined && level !== undefined && words !== undefined) {
      const line = { from, stamp, level, words };
      if (passes(line)) return line;
    }
    at = from === 0 ? -1 : log.lastIndexOf(text, from - 1);
  }
  return undefined;
}

/** The time of a line's timestamp; NaN if invalid. */
export const momentOf = (stamp: string): Seconds => Math.floor(Date.parse(stamp) / 1000);

export const isMoment = (stamp: string): boolean => Number.isFinite(Date.parse(stamp));
