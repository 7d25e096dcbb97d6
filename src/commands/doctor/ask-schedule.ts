import { realpathSync } from "node:fs";
import { programPath } from "../../os/command.ts";
import type { World } from "../../os/world.ts";
import { scheduleOf } from "../schedule.ts";
import { type Answer, found, good, note, type Question } from "./answer.ts";

/** A run that ended less than this many seconds ago shows that something starts wnm. */
const LATELY = 180;

/** What starts wnm, and whether another wnm is started beside it. */
export const askSchedule: Question = async ({ world, options, store, now }) => {
  const { own, others } = await scheduleOf(world, options.paths.database);
  const last = store.run()?.ended_at;
  const runs = last !== undefined && Math.abs(now - last) < LATELY;
  return [own[0] === undefined ? unstarted(world, runs) : good(`started by ${own[0]}`), ...others.map(other)];
};

const unstarted = (world: World, runs: boolean): Answer =>
  runs
    ? note("wnm runs, but not by a line of this account's crontab, /etc/cron.d, launchd or a timer")
    : found("no-cron-line", {
        sentence: "Nothing starts wnm: there is no line for it in the crontab, no agent and no timer",
        cure: startingEveryMinute(`${realpathSync(process.execPath)} >>${world.home}/wnm.log 2>&1`),
      });

/** How this is started every minute here. */
export const startingEveryMinute = (command: string): string =>
  programPath("crontab") === undefined
    ? `no cron is installed; have what starts programs here run this every minute: ${command}`
    : `(crontab -l 2>/dev/null; echo '* * * * * ${command}') | crontab -`;

const other = (line: string): Answer =>
  found("other-wnm", {
    subject: line,
    sentence: `cron also starts another wnm, and two of them work against each other: ${line}`,
    cure: "remove that line: crontab -e",
  });
