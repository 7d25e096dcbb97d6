import type { Finding } from "../model/finding.ts";

/** Findings that mean that no run does anything, each in short. */
const NOTHING: Readonly<Record<string, string>> = {
  "run-refused": "runs are refused",
  "no-run": "no run ends any more",
  "run-hangs": "a run hangs",
  released: "wnm has let the colony go",
};

/** Why nothing comes next: no run works. `short`: for a screen that has the finding too. */
export type NoRun = { readonly short: string; readonly whole: string; readonly cure: string | undefined };

/** Says why no run does anything now; undefined: runs work. Whatever the rules would do is not done then. Pure. */
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
