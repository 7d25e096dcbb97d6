import { type Answer, found, good } from "./answer.ts";

/** A limit and its current use. */
export type Shared = {
  /** "account ant", "the control group /system.slice". */
  readonly of: string;
  readonly limit: number;
  readonly used: number;
  /** Applies to each node separately, so future nodes do not count against it. */
  readonly of_one?: boolean;
  /** Returns the command that raises the limit to `to`. */
  readonly raise: (to: number) => string;
};

/** The limits that apply to the nodes. */
export type Limits = {
  /** Processes and threads; the kernel counts them together. */
  readonly tasks: readonly Shared[];
  /** Open files on the whole machine. */
  readonly open: Shared | undefined;
};

/** Assumed open files per node: two for each connection, plus those of its record store. */
const LEAST_FILES = 1_024;
/** Assumed processes and threads per node until measured. */
const LEAST_TASKS = 32;

/** Checks file and process limits against present and future nodes. Pure, except that cures depend on the account. */
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

/** A warning when the nodes still to be added would not fit; bad when not even one more does. */
function shortOf(
  { of, limit, used, raise, of_one }: Shared,
  what: string,
  each: number,
  more: number,
): readonly Answer[] {
  const left = limit - used;
  const coming = of_one === true ? 0 : more;
  // Running nodes need headroom for busy times, even when no node is to be added.
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
