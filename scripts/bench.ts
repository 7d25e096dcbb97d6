/**
 * Measures wnm against its rivals: whole processes on a fake fleet, in turn, medians, ratios first. Prints a Markdown
 * table. `bun scripts/bench.ts --help` lists the options; without any it takes minutes, with --full hours.
 */
import { existsSync, readFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  COLONY_CASES,
  colonyContestants,
  GENERATIONS_CASE,
  generationContestants,
  START_CASES,
  startContestants,
} from "./bench/cases.ts";
import { idleChart } from "./bench/chart.ts";
import { makeColony } from "./bench/colony.ts";
import { FAULTS, type Fault, startFleet } from "./bench/fleet.ts";
import { compete, type Pace } from "./bench/measure.ts";
import { makePrograms, type Programs } from "./bench/programs.ts";
import { type CaseResult, markdownTable } from "./bench/table.ts";

const { values } = parseArgs({
  options: {
    sizes: { type: "string" },
    cases: { type: "string" },
    faults: { type: "string" },
    rivals: { type: "string", default: "hello,console.log,Python,curl per node,curl --parallel" },
    rounds: { type: "string", default: "15" },
    budget: { type: "string" },
    full: { type: "boolean", default: false },
    wnm: { type: "string" },
    output: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const HELP = `Usage: bun scripts/bench.ts [options]
  --sizes 0,20,1000   Nodes of the colonies (20, with --full 0,20,50,200,1000,5000)
  --cases idle,add    ${[...START_CASES, ...COLONY_CASES, GENERATIONS_CASE].join(",")}
  --faults none,...   ${FAULTS.join(",")}: what 5 % of the nodes do (none, with --full all)
  --rivals hello,...  hello,console.log,Python,curl per node,curl --parallel
  --rounds 15         Rounds of each case; the figures are their medians
  --budget 20         Seconds for the rounds of one program in one case (with --full 120)
  --full              Everything that has a figure in scripts/README.md; takes hours
  --wnm FILE          Measure this executable instead of a fresh build
  --output FILE.svg   Write a chart of the idle run over the sizes
`;

function listOf<T extends string>(
  text: string | undefined,
  known: readonly T[],
  usual: readonly T[],
): readonly T[] {
  if (text === undefined) return usual;
  const words = text.split(",");
  const wrong = words.filter((word) => !known.some((name) => name === word));
  if (wrong.length > 0) throw new Error(`Unknown: ${wrong.join(", ")}; known are ${known.join(", ")}`);
  return known.filter((name) => words.includes(name));
}

function numbersOf(text: string): readonly number[] {
  const numbers = text.split(",").map(Number);
  if (!numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= 10_000))
    throw new Error(`${text}: expected whole numbers up to 10000, with commas`);
  return numbers;
}

/** The machine that the figures were made on, in one line. */
function machine(): string {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? process.platform;
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpus()[0]?.model.trim()}, ${gib} GiB, ${system}, Bun ${Bun.version}`;
}

async function measureAll(programs: Programs): Promise<readonly CaseResult[]> {
  const rivals = new Set(["wnm", ...values.rivals.split(",")]);
  const pace: Pace = {
    rounds: numbersOf(values.rounds)[0] ?? 15,
    budget_ms: Number(values.budget ?? (values.full ? 120 : 20)) * 1000,
  };
  const known = [...START_CASES, ...COLONY_CASES, GENERATIONS_CASE];
  const cases = listOf(values.cases, known, known);
  const results: CaseResult[] = [];
  const report = (result: CaseResult) => {
    results.push(result);
    process.stderr.write(`${result.name} ${result.nodes ?? ""} ${result.fault ?? ""}\n`);
  };
  for (const name of START_CASES.filter((start) => cases.includes(start))) {
    const field = startContestants(name, programs).filter((one) => rivals.has(one.name));
    report({ name, nodes: undefined, fault: undefined, measured: await compete(field, pace) });
  }
  const colonyCases = COLONY_CASES.filter((name) => cases.includes(name));
  const bothGenerations = cases.includes(GENERATIONS_CASE);
  if (colonyCases.length === 0 && !bothGenerations) return results;
  for (const nodes of numbersOf(values.sizes ?? (values.full ? "0,20,50,200,1000,5000" : "20"))) {
    for (const fault of listOf<Fault>(values.faults, FAULTS, values.full ? FAULTS : ["none"])) {
      if (fault !== "none" && nodes < 20) continue;
      await using fleet = await startFleet(nodes, fault);
      using ours = await makeColony(programs.wnm, fleet);
      if (bothGenerations && fault === "none" && nodes > 0) {
        using antNodes = await makeColony(programs.wnm, fleet, "ant-node");
        const field = generationContestants(programs, { antNodes, legacy: ours });
        report({ name: GENERATIONS_CASE, nodes, fault, measured: await compete(field, pace) });
      }
      if (colonyCases.length === 0) continue;
      using theirs = await makeColony(programs.wnm, fleet);
      for (const name of colonyCases) {
        // What does not ask the nodes takes as long whatever they do.
        if (fault !== "none" && !["dry_run", "idle", "survey"].includes(name)) continue;
        const field = colonyContestants(name, { programs, fleet, ours, theirs });
        const measured = await compete(
          field.filter((one) => rivals.has(one.name)),
          pace,
        );
        report({ name, nodes, fault, measured });
      }
    }
  }
  return results;
}

if (values.help) {
  process.stdout.write(HELP);
} else {
  const cache = join(tmpdir(), `wnm-bench-${process.getuid?.() ?? 0}`);
  const given = values.wnm === undefined ? {} : { wnm: values.wnm };
  const programs = await makePrograms(cache, { ...given, python: values.rivals.includes("Python") });
  const results = await measureAll(programs);
  const python = programs.python === undefined ? "" : `; Python is wnm ${programs.python.version}`;
  process.stdout.write(`${machine()}${python}\n\n${markdownTable(results)}\n`);
  if (values.output !== undefined)
    await Bun.write(values.output, idleChart(results, `An idle run, whole process; ${machine()}`));
}
