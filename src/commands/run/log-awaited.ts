import { awaited } from "../../decide/awaited.ts";
import type { Snapshot } from "../../decide/snapshot.ts";
import type { Seconds } from "../../model/node.ts";
import { hasTerminal } from "../../os/terminal.ts";
import type { Context } from "../context.ts";

/** Logs what an idle run waits for, if the last run waited for something else; returns the key to compare next time. */
export function logAwaited(
  { log, world }: Pick<Context, "log" | "world">,
  snapshot: Snapshot,
  before: string | undefined,
): string {
  const { key, sentence, next } = awaited(snapshot);
  if (key !== before && sentence !== undefined && world.log.format() === "text") {
    log.info(next === undefined ? sentence : `${sentence}; ${next.what} at ${shownTime(next.at)}`);
  }
  return key;
}

/** "15:04" in local time at a terminal; "15:04Z" in a log file, whose timestamps are UTC. */
function shownTime(at: Seconds): string {
  const moment = new Date(at * 1000);
  if (!hasTerminal()) return `${moment.toISOString().slice(11, 16)}Z`;
  return [moment.getHours(), moment.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}
