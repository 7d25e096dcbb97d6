import { basename } from "node:path";
import { simpleCommands, type Word } from "../../os/shell-words.ts";
import { fromArguments } from "../../settings/arguments.ts";
import { resolveOnce } from "../../settings/resolve.ts";
import { requestOf } from "../request-of.ts";

/** The comment at the end of the crontab line that install.sh adds. */
const MARK = "# wnm: put here by its install.sh";

/** The end of the path of install.sh's wrapper script for cron, which only runs wnm. */
export const RUNNER = "/wnm/every-minute";

/** What matters about the crontab that contains a line. */
export type Table = {
  /** True for files in /etc/cron.d, whose lines name an account before the command. */
  readonly names_account: boolean;
  /** PATH and HOME, if the table sets them. */
  readonly search: string | undefined;
  readonly home: string | undefined;
};

/** One working run: its program as written, its arguments, and the account, PATH and HOME that the line sets. */
export type CronRun = {
  readonly kind: "run";
  readonly program: Word;
  readonly args: readonly Word[];
  /** The account that a line in /etc/cron.d names. */
  readonly account: string | undefined;
  readonly search: string | undefined;
  readonly home: string | undefined;
};

/**
 * Recognises a cron line that certainly does nothing but run wnm: `installed` is install.sh's line, `run` is one call of
 * a program with arguments that make wnm do a working run. undefined for every other line. Pure.
 *
 * "Nothing but" is strict. It allows redirections, variables, `cd`, `sleep`, and the programs of PREFIXES, which only
 * change how the next one runs. Reports, forced actions, pipes and any other shell syntax disqualify the line.
 */
export function readCronLine(
  line: string,
  table: Table,
): { readonly kind: "installed" } | CronRun | undefined {
  const entry = entryOf(line, table.names_account);
  const commands = simpleCommands(entry?.command ?? "")?.filter(
    (words, i, all) => i === all.length - 1 || !isIdle(words),
  );
  const [only, second] = commands ?? [];
  if (entry === undefined || only === undefined || second !== undefined) return undefined;
  if (line.trimEnd().endsWith(MARK)) return { kind: "installed" };
  const call = withoutPrefixes(only);
  const [program, ...args] = call.words;
  if (program === undefined || !isWorkingRun(args)) return undefined;
  const { search = table.search, home = table.home } = call;
  return { kind: "run", program, args, account: entry.account, search, home };
}

const REDIRECTION = /\d*(?:&?>>?|<{1,3})&?\s*\S+/g;
/** Words before a command that do not change which program runs. */
const LEADING = /^(?:!|if|then|else|do|while|until|time|sudo|(?:\/\S*\/)?(?:ba|da|k|z)?sh|-\w*c)$/;

/**
 * The working runs anywhere in a line that also does other things: in any of its commands, after sudo, inside `sh -c`.
 * An estimate, because wnm does not interpret the whole shell language. Pure.
 */
export function runsWithin(line: string, table: Table): readonly CronRun[] {
  const entry = entryOf(line, table.names_account);
  if (entry === undefined) return [];
  const plain = entry.command.replace(/(\s-\w*c\s+)(['"])(.*?)\2/gs, "$1$3").replace(REDIRECTION, " ");
  return plain.split(/[;&|()`{}\n]+/).flatMap((part) => {
    const [found = []] = simpleCommands(part) ?? [];
    const words = [...found];
    while (LEADING.test(words[0] ?? "") || (words[0]?.startsWith("-") && words.length > 1)) words.shift();
    const call = withoutPrefixes(words);
    while (LEADING.test(call.words[0] ?? "")) call.words.shift();
    const [program, ...args] = call.words;
    if (program === undefined || !isWorkingRun(args)) return [];
    const { search = table.search, home = table.home } = call;
    return [{ kind: "run", program, args, account: entry.account, search, home }];
  });
}

/** True when any word of the line is `wnm` or a path ending in it. Pure. */
export const mentionsWnm = (line: string): boolean =>
  !startsNothing(line) &&
  line
    .split(/[\s;&|()<>"'`=]+/)
    .some((word) => word === "wnm" || word.endsWith("/wnm") || word.endsWith(RUNNER));

/**
 * True when the line does a working run of Python wnm, through an interpreter or in a virtual environment, where `wnm`
 * is not the one in cron's PATH. An estimate. Pure.
 */
export const runsPythonWnm = (line: string): boolean =>
  !startsNothing(line) &&
  /(?:\/activate\b.*[\s&;]|\bpython[\d.]*\s+(?:-m\s+|\S*\/))wnm(?![\w.-])/.test(line) &&
  !/\bwnm\s.*--(?:report|force_action|dry_run|version|help)\b/.test(line);

/** True for lines that set a variable, comments and empty lines: they start nothing. Pure. */
export const startsNothing = (line: string): boolean => /^\s*(#|[\w"']+\s*=|$)/.test(line);

/** The database that the arguments of a call name with --dbpath. Pure. */
export const databaseOf = (args: readonly Word[]): string | undefined =>
  fromArguments(args).given.get("dbpath")?.text;

/** Splits a crontab entry into account and command; the command ends at an unescaped %. See crontab(5). */
function entryOf(
  line: string,
  names_account: boolean,
): { account: string | undefined; command: string } | undefined {
  if (startsNothing(line)) return undefined;
  const [, rest] = /^\s*(?:@\w+|[\d*](?:\S*\s+\S+){4})\s+(.*)$/s.exec(line) ?? [];
  const [, account, command] = (names_account ? /^(\S+)\s+(.*)$/s : /^()(.*)$/s).exec(rest ?? "") ?? [];
  if (command === undefined) return undefined;
  const [shell = ""] = /^(?:[^%\\]|\\[\s\S])*/.exec(command) ?? [];
  return { account: account === "" ? undefined : account, command: shell.replaceAll("\\%", "%") };
}

/** True for `cd` and `sleep`, which have no effect of their own. */
const isIdle = ([program, ...args]: readonly Word[]): boolean =>
  (program === "cd" && args.length <= 1) ||
  (program !== undefined &&
    basename(program) === "sleep" &&
    args.every((word) => /^[\d.]+[smh]?$/.test(word)));

/**
 * Programs that only run the command given as their arguments. `valued`: options that take the next word as a value;
 * `own`: number of operands before the command; `never`: options that make them do something else. See env(1), nice(1),
 * ionice(1), timeout(1), flock(1).
 */
const PREFIXES: Readonly<
  Record<string, { readonly valued: RegExp; readonly own: number; readonly never?: RegExp }>
> = {
  env: { valued: /^-[uC]$/, own: 0, never: /^-(?:S|-split)/ },
  nice: { valued: /^-n$/, own: 0 },
  ionice: { valued: /^-[cn]$/, own: 0, never: /^-[pPu]/ },
  timeout: { valued: /^-[ks]$/, own: 1 },
  flock: { valued: /^-[wE]$/, own: 1, never: /^-(?:c$|-command|u$|-unlock)/ },
  nohup: { valued: /^$/, own: 0 },
  exec: { valued: /^$/, own: 0 },
};
const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s;

/** Strips assignments and PREFIXES from a command; also returns the PATH and HOME that they set. */
function withoutPrefixes(command: readonly Word[]): {
  readonly words: Word[];
  readonly search: string | undefined;
  readonly home: string | undefined;
} {
  const words = [...command];
  const set = new Map<string, string>();
  for (;;) {
    for (let pair = ASSIGNMENT.exec(words[0] ?? ""); pair !== null; pair = ASSIGNMENT.exec(words[0] ?? "")) {
      set.set(pair[1] ?? "", pair[2] ?? "");
      words.shift();
    }
    const found = { words, search: set.get("PATH"), home: set.get("HOME") };
    const name = basename(words[0] ?? "");
    const prefix = Object.hasOwn(PREFIXES, name) ? PREFIXES[name] : undefined;
    if (prefix === undefined) return found;
    words.shift();
    while (words[0]?.startsWith("-") === true) {
      const option = words.shift() ?? "";
      if (prefix.never?.test(option) === true) return { ...found, words: [] };
      if (option === "--") break;
      if (prefix.valued.test(option)) words.shift();
    }
    words.splice(0, prefix.own);
  }
}

/** True when these arguments make wnm do a working run. */
function isWorkingRun(args: readonly Word[]): boolean {
  if (args.some((word) => /^(?:-h|--help)/.test(word))) return false;
  const { given, issues } = fromArguments(args);
  const { once, issues: onceIssues } = resolveOnce(given);
  if (issues.length + onceIssues.length > 0 || once.version || once.completion !== undefined) return false;
  const { request, issues: requestIssues } = requestOf(once, given);
  return requestIssues.length === 0 && request.kind === "run" && !request.dry_run;
}
