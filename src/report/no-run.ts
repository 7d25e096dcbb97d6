import type { Finding } from "../model/finding.ts";

/** Findings that mean that no run acts, with a short form of each. */
const NOTHING: Readonly<Record<string, string>> = {
  "run-refused": "runs are refused",
  "no-run": "no run finishes any more",
  "run-hangs": "a run hangs",
  released: "wnm has released the colony",
};

/** Why nothing will happen, since no run works. `short`: for a screen that also shows the finding. */
export type NoRun = { readonly short: string; readonly whole: string; readonly cure: string | undefined };

/** Why no run acts currently, so that nothing the rules would do is done; undefined: runs work. Pure. */
export function whyNoRun(findings: readonly Finding[]): NoRun | undefined {
  const found = findings.find(
    ({ key, severity }) => (severity === "bad" || key === "released") && key in NOTHING,
  );
  if (found === undefined) return undefined;
  return {
    short: `nothing: ${NOTHING[found.key]}`,
    whole: `nothing: ${found.sentence.replace(/\s+/g, " ")}`,
    cure: found.cure,
  };
}
