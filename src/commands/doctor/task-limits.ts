import { type Answer, found, good } from "./answer.ts";

/** A limit, how much of it there is, and how much is taken. */
export type Shared = {
  /** "account ant", "the control group /system.slice". */
  readonly of: string;
  readonly limit: number;
  readonly used: number;
  /** One node has it for itself, so nodes that may still come take nothing of it. */
  readonly of_one?: boolean;
  /** The command that raises it to so many. */
  readonly raise: (to: number) => string;
};

/** What limits the nodes. */
export type Limits = {
  /** Processes and threads, which the kernel counts alike. */
  readonly tasks: readonly Shared[];
  /** Files that are open on the whole machine. */
  readonly open: Shared | undefined;
};

/** A node holds two files for each connection, and its store. */
const LEAST_FILES = 1_024;
/** What a node takes at least, before any was measured. */
const LEAST_TASKS = 32;

/** What limits of files and processes mean for the nodes that are there and those that may still come. Pure but for advice. */
export function taskAnswers(
  { tasks, open }: Limits,
  more: number,
  measured: { readonly tasks: number; readonly files: number },
): readonly Answer[] {
  const each = { tasks: Math.max(LEAST_TASKS, measured.tasks), files: Math.max(LEAST_FILES, measured.files) };
  const short = [
    ...tasks.flatMap((shared) => shortOf(shared, "processes and threads", each.tasks, more)),
    ...(open === undefined ? [] : shortOf(open, "open files", each.files, more)),
  ];
  if (short.length > 0) return short;
  const least = tasks.toSorted((a, b) => a.limit - a.used - (b.limit - b.used))[0];
  return least === undefined
    ? []
    : [good(`${least.limit - least.used} more processes and threads are allowed`)];
}

/** Warns where the nodes that may still come would not fit; bad where not one more does. */
function shortOf(
  { of, limit, used, raise, of_one }: Shared,
  what: string,
  each: number,
  more: number,
): readonly Answer[] {
  const left = limit - used;
  const coming = of_one === true ? 0 : more;
  // Nodes that run take more when they are busy.
  const needed = each * Math.max(1, coming);
  if (left >= needed) return [];
  const to = 2 ** Math.ceil(Math.log2(used + 2 * needed));
  return [
    found("few-processes", {
      subject: of,
      severity: left < each ? "bad" : "warning",
      sentence: `${of} may have ${limit} ${what}, ${used} are taken, and ${coming === 0 ? `a busy node may need ${needed} more` : `${coming} more node${coming === 1 ? "" : "s"} may need ${needed}`}`,
      cure: raise(to),
    }),
  ];
}
