import type { Finding, OpenFinding } from "../model/finding.ts";
import type { Seconds } from "../model/node.ts";
import { KINDS } from "./register.ts";

/** Two findings are the same when they are of one key, node and subject. */
export const identityOf = ({ key, node, subject }: Pick<Finding, "key" | "node" | "subject">): string =>
  JSON.stringify([key, node ?? 0, subject ?? ""]);

/** The result of comparing findings with the stored ones. */
export type Settled = {
  /** What to store instead, including findings that have not lasted long enough. */
  readonly stored: readonly OpenFinding[];
  /** What is reported now, the worst first. */
  readonly open: readonly OpenFinding[];
  /** What is reported for the first time, has become worse, or has another reason than before. */
  readonly begun: readonly OpenFinding[];
  /** What was reported and is over. */
  readonly ended: readonly OpenFinding[];
};

/** Compares findings with the stored ones. A stored one stays while `looked` says that nobody looked for it. Pure. */
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

/** A sentence that differs only in its figures says the same. */
const withoutFigures = (sentence: string): string => sentence.replaceAll(/\d+(?:\.\d+)?/g, "#");

/** Bad ones first, otherwise in the order that they have. */
export const worstFirst = <F extends Finding>(findings: readonly F[]): readonly F[] =>
  findings.toSorted((a, b) => Number(b.severity === "bad") - Number(a.severity === "bad"));
