import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { SCENARIOS } from "../../scripts/simulate/scenario.ts";
import { readTrace, weatherOn } from "../../scripts/simulate/trace.ts";
import { weatherOf } from "../../scripts/simulate/weather.ts";
import { NO_HISTORY } from "../../src/model/history.ts";
import { readHistory, saveHistory } from "../../src/store/history.ts";
import { NOW, quietMetrics } from "../support/builders.ts";
import { aHome } from "../support/wnm.ts";

setDefaultTimeout(300_000);

const SCRIPT = join(import.meta.dir, "../../scripts/simulate.ts");
const simulate = (...words: readonly string[]) => {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, SCRIPT, ...words]);
  return { code: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
};
const PI = ["--scenario", "pi", "--days", "1", "--rules", "steady"];

test("a colony.db of the binary is played, first its last minutes, then whole days of quarter-hours", async () => {
  await using wnm = await aHome("wnm-trace-");
  await wnm.init();
  await wnm.ok([]);
  const [minute, ...others] = readTrace(wnm.database);
  expect(others).toEqual([]);
  expect(minute?.used_mem_percent).toBeGreaterThan(0);
  expect(simulate(...PI, "--trace", wnm.database)).toMatchObject({ code: 0, stderr: "" });

  const running = (cpu: number): number => {
    using db = new Database(wnm.database, { readwrite: true });
    const quarters = Array.from({ length: 96 }, (_, i) => ({
      ...quietMetrics,
      used_cpu_percent: cpu,
      nodes: 0,
      began_at: NOW + i * 900,
    }));
    saveHistory(db, { ...readHistory(db), samples: [], quarters });
    const { stdout } = simulate(...PI, "--trace", wnm.database);
    return Number(stdout.split("\n").at(-2)?.split("|")[3]);
  };
  expect(running(65)).toBeLessThan(2);
  expect(running(5)).toBeGreaterThan(5);
  {
    using db = new Database(wnm.database, { readwrite: true });
    saveHistory(db, NO_HISTORY);
  }
  expect(simulate(...PI, "--trace", wnm.database)).toMatchObject({ code: 1 });
  const none = simulate(...PI, "--trace", `${wnm.database}.none`);
  expect(none).toMatchObject({ code: 1 });
  expect(none.stderr).toContain("cannot be read as a colony.db");
});

test("what nodes used on the real machine does not count as the owner's, and after a gap in the measurements the last value continues", () => {
  const scenario = { ...SCENARIOS.pi, days: 1 };
  const quarter = { ...quietMetrics, used_cpu_percent: 50, load_average_1: 3, nodes: 10, began_at: NOW };
  const gap = { ...quarter, used_cpu_percent: undefined, began_at: NOW + 900 };
  const weather = weatherOn([quarter, gap], scenario, weatherOf("pi", scenario, 1));
  // Half of four cores, less ten nodes of 0.18.
  for (const minute of [0, 14, 15, 29, 30, 1439]) {
    expect(weather.owner_cores[minute]).toBeCloseTo(0.2);
    expect(weather.owner_waiting[minute]).toBeCloseTo(1);
    expect(weather.steal[minute]).toBe(0);
  }
});
