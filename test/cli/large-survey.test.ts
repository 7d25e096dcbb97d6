import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { makeColony } from "../../scripts/bench/colony.ts";
import { startFleet } from "../../scripts/bench/fleet.ts";
import { compiledWnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

test("three hundred hanging nodes delay none of three hundred that answer, and cost one deadline", async () => {
  const wnm = await compiledWnm();
  await using fleet = await startFleet(600, "hanging", "50%");
  using colony = await makeColony(wnm, fleet);
  colony.reset("full");
  const child = Bun.spawn([wnm, "--timings"], {
    env: { HOME: colony.home },
    stderr: "pipe",
    stdout: "ignore",
  });
  const [stderr, code] = await Promise.all([child.stderr.text(), child.exited]);
  expect(code).toBe(0);
  const stages = Object.fromEntries(
    [...stderr.matchAll(/^(\w+) +([\d.]+) ms$/gm)].map(([, stage, ms]) => [stage, Number(ms)]),
  );
  expect(stages.survey).toBeGreaterThan(2000);
  // One deadline of 2 s is enough; a queue behind the silent nodes would take many.
  expect(stages.survey).toBeLessThan(30_000);
  expect(stages.total).toBeGreaterThan(stages.survey ?? 0);
  using db = new Database(join(colony.home, ".local/share/autonomi/colony.db"), { readonly: true });
  const silent = db.query<{ count: number }, []>(
    "SELECT count(*) AS count FROM node WHERE silent_since IS NOT NULL",
  );
  expect(silent.get()?.count).toBe(300);
});
