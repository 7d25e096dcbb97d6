import { realpathSync } from "node:fs";
import { bytesOf } from "../os/files/open-regular.ts";
import { isThere, namesIn } from "../os/files/presence.ts";
import type { World } from "../os/world.ts";
import { mentionsWnm, runsPythonWnm, runsWithin, startsNothing, type Table } from "./cron/cron-line.ts";
import { CRON_PATH, containsOwnRun, startsOwnRun } from "./cron/own-run.ts";
import { variableIn } from "./cron/remove-cron-entries.ts";
import { timersThatStart } from "./cron/systemd-timer.ts";

/** What starts wnm. */
export type Schedule = {
  /** cron lines, launchd agents and systemd timers that start this executable for this colony. */
  readonly own: readonly string[];
  /** cron lines that start a working run of another wnm. */
  readonly others: readonly ScheduledLine[];
};

/** A cron line and its location. */
export type ScheduledLine = {
  readonly line: string;
  /** Its file in /etc/cron.d; undefined: this account's crontab. */
  readonly file: string | undefined;
  /** Counted from 1. */
  readonly number: number;
};

/** Everything visible to this account that starts this program. Changes nothing. */
export async function scheduleOf(world: World, database: string): Promise<Schedule> {
  const own = { program: realpathSync(process.execPath), home: world.home, database };
  const lines = (await tablesOf(world)).flatMap((table) => linesIn(table, world.home));
  const mine = lines.filter(
    ({ line, table }) =>
      !runsPythonWnm(line) && (startsOwnRun(line, table, own) || containsOwnRun(line, table, own)),
  );
  const isRun = ({ line, table }: Line): boolean =>
    runsPythonWnm(line) || (mentionsWnm(line) && runsWithin(line, table).length > 0);
  const others = lines.filter((entry) => !mine.includes(entry) && isRun(entry));
  return {
    own: [...mine.map(({ line }) => `cron: ${line.trim()}`), ...timersOf(world, own.program)],
    others,
  };
}

type Line = ScheduledLine & { readonly table: Table };
type TableText = { readonly text: string; readonly file: string | undefined };

/** The crontabs that this account may read. */
async function tablesOf(world: World): Promise<readonly TableText[]> {
  const tables: TableText[] = [];
  if (Bun.which("crontab", { PATH: "/usr/local/bin:/usr/bin:/bin" }) !== null) {
    const { code, stdout } = await world.run(["crontab", "-l"], { accept: [1], deadline_ms: ASK_MS });
    if (code === 0) tables.push({ text: stdout, file: undefined });
  }
  for (const name of namesIn(SYSTEM_TABLES)) {
    try {
      const file = `${SYSTEM_TABLES}/${name}`;
      tables.push({ text: bytesOf(file, "definition").toString(), file });
    } catch {
      // A crontab that this account may not read belongs to another account.
    }
  }
  return tables;
}

const ASK_MS = 3_000;
const SYSTEM_TABLES = "/etc/cron.d";

/** The lines of a crontab, each with the variables in effect there. */
function linesIn({ text, file }: TableText, own_home: string): readonly Line[] {
  let [search, home] = [CRON_PATH, own_home];
  const names_account = file !== undefined;
  return text.split("\n").flatMap((line, i) => {
    search = variableIn(line, "PATH") ?? search;
    home = variableIn(line, "HOME") ?? home;
    return startsNothing(line) ? [] : { line, file, number: i + 1, table: { names_account, search, home } };
  });
}

/** Whatever starts wnm apart from cron. */
const timersOf = (world: World, program: string): readonly string[] =>
  world.platform === "darwin"
    ? [
        `${world.home}/Library/LaunchAgents/wnm.every-minute.plist`,
        "/Library/LaunchDaemons/wnm.every-minute.plist",
      ].filter(isThere)
    : timersThatStart(world, program);
