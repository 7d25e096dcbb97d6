import type { Health } from "../checks/health.ts";
import { findingLines, healthJson, healthText } from "./health.ts";

/** Health, and the results of the doctor's checks. */
export type Doctor = {
  readonly health: Health;
  readonly good: readonly string[];
  readonly notes: readonly { readonly says: string; readonly cure: string | undefined }[];
  /** Checks that could not be done, and why. */
  readonly unknown: readonly string[];
};

/** The doctor's report: findings with their cures first, then one line for each check that is well. */
export function doctorText({ health, good, notes, unknown }: Doctor): string {
  const [head = ""] = healthText(health).split("\n");
  const lines = [
    head.replace(/ \|.*$/, ""),
    ...health.findings.flatMap((finding) => findingLines(finding, health.now)),
    ...good.map((says) => ` ✓ ${says}`),
    ...unknown.map((says) => ` ? ${says}`),
    ...notes.flatMap(({ says, cure }) => [`   ${says}`, ...(cure === undefined ? [] : [`   → ${cure}`])]),
  ];
  return `${lines.join("\n")}\n`;
}

/** The fields of health, and the answers. */
export const doctorJson = ({ health, good, notes, unknown }: Doctor): string =>
  `${JSON.stringify({ ...JSON.parse(healthJson(health)), good, notes, unknown }, undefined, 2)}\n`;
