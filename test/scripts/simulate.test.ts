import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

setDefaultTimeout(300_000);

const SCRIPT = join(import.meta.dir, "../../scripts/simulate.ts");

const play = (rules: string): string => {
  const words = ["--scenario", "pi", "--seeds", "1", "--days", "2", "--rules", rules];
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, SCRIPT, ...words]);
  expect(`${exitCode} ${stderr}`).toBe("0 ");
  return stdout.toString();
};

/** Starts per day of a set of rules, from its row of the table. */
function startsOf(table: string, rules: string): number {
  const [head = [], ...rows] = table
    .split("\n")
    .filter((line) => line.startsWith("|") && !line.startsWith("| -") && !line.startsWith("|-"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const row = rows.find((cells) => cells.includes(rules));
  return Number(row?.[head.findIndex((cell) => cell.startsWith("starts"))]);
}

test("the same weather gives the same table, and steady rules start fewer nodes than immediate ones", () => {
  const table = play("steady,python");
  expect(play("steady,python")).toBe(table);
  expect(startsOf(table, "steady")).toBeLessThan(startsOf(table, "python"));
});
