import { readFileSync, realpathSync, rmSync } from "node:fs";
import { WnmError } from "./errors.ts";
import { exists, namesIn } from "./os/files.ts";
import { replaceFile } from "./os/output.ts";
import { splitWords } from "./settings/kinds.ts";
import type { World } from "./world.ts";

/** Ends the line that install.sh puts into a crontab. */
const MARK = "# wnm: put here by its install.sh";
/** What install.sh makes on macOS, in place of a line for cron. */
const LAUNCHD_LABEL = "wnm.every-minute";
const SYSTEM_TABLES = "/etc/cron.d";

/** What was found in the tables of cron: lines that are gone now, and others that run some wnm. */
export type CronRemoval = { readonly removed: readonly string[]; readonly others: readonly string[] };

/**
 * Removes what starts this program every minute: install.sh's entry, and lines that name this very file, of this
 * account's crontab and of /etc/cron.d. Every other line stays. May be called again. Throws WnmError when a line
 * cannot be removed; then wnm still starts.
 */
export async function removeCronEntries(world: World): Promise<CronRemoval> {
  const program = realpathSync(process.execPath);
  const removed: string[] = [];
  const others: string[] = [];
  const sort = (text: string, where: string): string => {
    const kept: string[] = [];
    let search = CRON_PATH;
    for (const line of text.split("\n")) {
      search = /^\s*PATH\s*=\s*["']?([^"']*)/.exec(line)?.[1] ?? search;
      const kind = kindOf(line, { program, home: world.home, search });
      if (kind === "ours") removed.push(`${where}: ${line}`);
      else kept.push(line);
      if (kind === "other") others.push(`${where}: ${line}`);
    }
    return kept.join("\n");
  };
  if (world.platform === "darwin") removed.push(...(await removeAgent(world)));
  await sortCrontab(world, sort);
  for (const name of namesIn(SYSTEM_TABLES)) sortTable(`${SYSTEM_TABLES}/${name}`, sort);
  return { removed, others };
}

type Sort = (text: string, where: string) => string;

/** Where the words of a line lead. */
type Surroundings = { readonly program: string; readonly home: string; readonly search: string };

/** What cron searches where a table names no PATH. */
const CRON_PATH = "/usr/bin:/bin";

function kindOf(line: string, around: Surroundings): "ours" | "other" | undefined {
  const trimmed = line.trim();
  if (trimmed === "" || trimmed.startsWith("#") || /^\w+\s*=/.test(trimmed)) return undefined;
  if (trimmed.endsWith(MARK)) return "ours";
  const words = (splitWords(trimmed) ?? trimmed.split(/\s+/)).flatMap((word) => word.split(/[\s;&|()]+/));
  const named = words.filter((word) => word === "wnm" || word.endsWith("/wnm") || word === around.program);
  if (named.some((word) => leadsToUs(word, around))) return "ours";
  return named.length > 0 ? "other" : undefined;
}

function leadsToUs(word: string, { program, home, search }: Surroundings): boolean {
  const path = word.replace(/^(~|\$HOME|\$\{HOME\})\//, `${home}/`);
  const candidates = path.includes("/") ? [path] : search.split(":").map((folder) => `${folder}/${path}`);
  const there = candidates.find(exists);
  try {
    return there !== undefined && realpathSync(there) === program;
  } catch {
    // A link that leads nowhere runs nothing.
    return false;
  }
}

async function sortCrontab(world: World, sort: Sort): Promise<void> {
  if (Bun.which("crontab", { PATH: "/usr/local/bin:/usr/bin:/bin" }) === null) return;
  // 1: there is no crontab, which it tells on standard error.
  const { code, stdout, stderr } = await world.run(["crontab", "-l"], { accept: [1] });
  if (code !== 0) {
    if (/no crontab/i.test(stderr)) return;
    throw new WnmError(`The crontab cannot be read, so wnm may still start from it: ${stderr.trim()}`);
  }
  const kept = sort(stdout, "crontab");
  if (kept === stdout) return;
  if (kept.trim() === "") await world.run(["crontab", "-r"]);
  else await world.run(["crontab", "-"], { input: kept });
  const after = await world.run(["crontab", "-l"], { accept: [1] });
  if (after.stdout.trim() !== kept.trim())
    throw new WnmError("cron kept another crontab than it was given; look at it with: crontab -l");
}

function sortTable(path: string, sort: Sort): void {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    // A table that this account may not read is another's.
    return;
  }
  const kept = sort(text, path);
  if (kept === text) return;
  try {
    if (kept.split("\n").every((line) => /^\s*(#|\w+\s*=|$)/.test(line))) rmSync(path);
    else replaceFile(path, kept);
  } catch (error) {
    throw new WnmError(
      `The line that starts wnm cannot be removed from ${path} (${error instanceof Error ? error.message : error}); run: sudo wnm --release`,
    );
  }
}

async function removeAgent(world: World): Promise<readonly string[]> {
  const [folder, domain] =
    world.uid === 0
      ? ["/Library/LaunchDaemons", "system"]
      : [`${world.home}/Library/LaunchAgents`, `gui/${world.uid}`];
  const path = `${folder}/${LAUNCHD_LABEL}.plist`;
  if (!exists(path)) return [];
  rmSync(path);
  // 3: it was not loaded. Last, for this very run may be the agent's.
  await world.run(["launchctl", "bootout", `${domain}/${LAUNCHD_LABEL}`], { accept: [3, 36, 113] });
  return [path];
}
