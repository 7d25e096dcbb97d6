import type { Finding, OpenFinding } from "../model/finding.ts";
import type { Seconds } from "../model/node.ts";
import { KINDS } from "./register.ts";

/** The identity of a finding: key, node and subject. */
export const identityOf = ({ key, node, subject }: Pick<Finding, "key" | "node" | "subject">): string =>
  JSON.stringify([key, node ?? 0, subject ?? ""]);

/** The result of comparing findings with the stored ones. */
export type Settled = {
  /** The findings to store, including those that have not lasted long enough. */
  readonly stored: readonly OpenFinding[];
  /** The findings to report now, worst first. */
  readonly open: readonly OpenFinding[];
  /** Findings that are new, have become worse, or have a different reason. */
  readonly begun: readonly OpenFinding[];
  /** Reported findings that have ended. */
  readonly ended: readonly OpenFinding[];
};

/**
 * Merges this run's findings with the stored ones. A stored finding that was not found again ends only if `looked` says
 * that its check was done. Pure.
 */
export function settleFindings(
  before: readonly OpenFinding[],
  found: readonly Finding[],
  now: Seconds,
  looked: (finding: OpenFinding) => boolean = () => true,
): Settled {
  const known = new Map(before.map((finding) => [identityOf(finding), finding]));
  const after = new Map<string, OpenFinding>();
  for (const finding of found) {
    const identity = identityOf(finding);
    if (after.has(identity)) continue;
    const since = Math.min(known.get(identity)?.since ?? finding.since ?? now, finding.since ?? now, now);
    after.set(identity, { ...finding, since, open: now - since >= (KINDS.get(finding.key)?.after ?? 0) });
  }
  for (const [identity, finding] of known) {
    const keeps = KINDS.get(finding.key)?.keeps ?? 0;
    if (!after.has(identity) && (!looked(finding) || Math.abs(now - finding.since) < keeps))
      after.set(identity, finding);
  }
  const stored = [...after.values()];
  const open = worstFirst(stored.filter((finding) => finding.open));
  return {
    stored,
    open,
    begun: open.filter((finding) => {
      const earlier = known.get(identityOf(finding));
      return (
        earlier?.open !== true ||
        (finding.severity === "bad" && earlier.severity !== "bad") ||
        withoutFigures(finding.sentence) !== withoutFigures(earlier.sentence)
      );
    }),
    ended: before.filter((finding) => finding.open && after.get(identityOf(finding))?.open !== true),
  };
}

/** Blanks numbers, because sentences that differ only in figures count as equal. */
const withoutFigures = (sentence: string): string => sentence.replaceAll(/\d+(?:\.\d+)?/g, "#");

/** Sorts bad findings first, otherwise stable. */
export const worstFirst = <F extends Finding>(findings: readonly F[]): readonly F[] =>
  findings.toSorted((a, b) => Number(b.severity === "bad") - Number(a.severity === "bad"));
