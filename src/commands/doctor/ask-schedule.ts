import { realpathSync } from "node:fs";
import { shellWord, typedWord } from "../../base/shell-word.ts";
import { RELEASED } from "../../model/run-record.ts";
import { asRoot, installing } from "../../os/advice.ts";
import { programPath } from "../../os/command.ts";
import type { World } from "../../os/world.ts";
import { namedDatabase } from "../named-colony.ts";
import { type ScheduledLine, scheduleOf } from "../schedule.ts";
import { type Answer, found, good, note, type Question } from "./answer.ts";

/** If the last of several runs ended less than this many seconds ago, something starts wnm regularly. */
const LATELY = 180;
/** This many runs within this many seconds are not somebody trying wnm by hand. */
const SEVERAL = 4;
const SEVERAL_SECONDS = 900;

/** Checks what starts wnm, and whether cron starts a second wnm too. */
export const askSchedule: Question = async ({ world, options, store, now }) => {
  const { own, others } = await scheduleOf(world, options.paths.database);
  const run = store.run();
  const last = run?.ended_at;
  const { samples } = store.history();
  const lately = samples.filter(({ taken_at }) => Math.abs(now - taken_at) < SEVERAL_SECONDS);
  const runs = last !== undefined && Math.abs(now - last) < LATELY && lately.length >= SEVERAL;
  if (own[0] === undefined && run?.status === RELEASED) return others.map(other);
  return [
    own[0] === undefined ? unstarted(world, runs, namedDatabase(options)) : good(`started by ${own[0]}`),
    ...others.map(other),
  ];
};

const unstarted = ({ home }: World, runs: boolean, database: string | undefined): Answer =>
  runs
    ? note("wnm runs, but is not started by this account's crontab, /etc/cron.d, launchd or a timer")
    : found("no-cron-line", {
        sentence: "Nothing starts wnm: there is no line for it in the crontab, no agent and no timer",
        cure: startingEveryMinute(
          `${typedWord(realpathSync(process.execPath))}${database === undefined ? "" : ` --dbpath ${typedWord(database)}`} >>${typedWord(`${home}/wnm.log`)} 2>&1`,
        ),
      });

/** How to have a command started every minute on this machine. */
export function startingEveryMinute(command: string): string {
  // cron ends a command at an unescaped %.
  const entry = shellWord(`* * * * * ${command.replaceAll("%", "\\%")}`);
  const line = `(crontab -l 2>/dev/null; printf '%s\\n' ${entry}) | crontab -`;
  if (programPath("crontab") !== undefined) return line;
  return programPath("apt-get") === undefined
    ? `no cron is installed; have what starts programs here run this every minute: ${command}`
    : `${installing("cron")} && ${line}`;
}

/** The finding for another wnm in cron. Its cure deletes a crontab line, or comments out a line in a file. */
const other = ({ line, file, number }: ScheduledLine): Answer =>
  found("other-wnm", {
    subject: line.trim(),
    sentence: `cron also starts another wnm, and two of them work against each other: ${line.trim()}${file === undefined ? "" : ` (${file}, line ${number})`}`,
    cure:
      file === undefined
        ? `crontab -l | grep -vxF -e ${shellWord(line)} | crontab -`
        : asRoot(`sed -i '${number}s/^/# /' ${typedWord(file)}`),
  });
