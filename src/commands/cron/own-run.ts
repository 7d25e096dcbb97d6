import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { accountOf } from "../../os/account.ts";
import { presenceOf } from "../../os/files/presence.ts";
import { expandHome } from "../../os/paths.ts";
import { type CronRun, databaseOf, RUNNER, readCronLine, runsWithin, type Table } from "./cron-line.ts";

/** The running program, and the colony it manages. */
export type OwnProgram = { readonly program: string; readonly home: string; readonly database: string };

/** cron's default PATH. */
export const CRON_PATH = "/usr/bin:/bin";

/** True when the line does nothing but a working run of this program for this colony, or is install.sh's line. */
export function startsOwnRun(line: string, table: Table, own: OwnProgram): boolean {
  const found = readCronLine(line, table);
  if (found === undefined || found.kind === "installed") return found !== undefined;
  const run = withHome(found);
  return isOwnProgram(run, own) && isOwnColony(run, own);
}

/** True when the line does a working run for this colony among other things. A bare `wnm` counts. */
export const containsOwnRun = (line: string, table: Table, own: OwnProgram): boolean =>
  runsWithin(line, table)
    .map(withHome)
    .some((run) => (run.program === "wnm" || isOwnProgram(run, own)) && isOwnColony(run, own));

const withHome = (run: CronRun): CronRun =>
  run.account === undefined ? run : { ...run, home: accountOf(run.account)?.home };

/** True when the program in the line resolves to the running executable. */
function isOwnProgram({ program, search = CRON_PATH, home = "" }: CronRun, own: OwnProgram): boolean {
  const path = inHome(program, home);
  if (path.endsWith(RUNNER))
    return path === `${own.home}/.local/share${RUNNER}` || path === `/var/lib${RUNNER}`;
  const folders = inHome(search, home).replaceAll("$PATH", CRON_PATH).split(":");
  const candidates = path.includes("/") ? [path] : folders.map((folder) => `${inHome(folder, home)}/${path}`);
  const there = candidates.find((candidate) => presenceOf(candidate) === "present");
  try {
    return there !== undefined && realpathSync(there) === own.program;
  } catch {
    // A broken link cannot run.
    return false;
  }
}

const inHome = (text: string, home: string): string =>
  text.replace(/^~(?=\/)/, home).replaceAll(/\$(?:HOME\b|\{HOME\})/g, home);

/** False for a run with another database, and for another account's run of a colony in this account's home. */
function isOwnColony({ args, home }: CronRun, own: OwnProgram): boolean {
  const database = databaseOf(args)?.replace(/^sqlite:\/\/\//, "");
  if (database !== undefined)
    return resolve(expandHome(inHome(database, home ?? ""), home ?? "")) === own.database;
  return home === own.home || !own.database.startsWith(`${own.home}/`);
}
