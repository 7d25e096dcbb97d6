#!/usr/bin/env bun
/** Plays machines minute by minute on wnm's own rules and prints how steady they were; see scripts/README.md. */
import { parseArgs } from "node:util";
import { WnmError } from "../src/base/errors.ts";
import { type Curve, svgOf } from "./simulate/picture.ts";
import { bestConstant, play, RULES, type RulesName } from "./simulate/play.ts";
import { SCENARIOS, type Scenario, type ScenarioName } from "./simulate/scenario.ts";
import { markdownTable, type Row } from "./simulate/table.ts";
import { readTrace } from "./simulate/trace.ts";

const { values: given } = parseArgs({
  options: {
    scenario: { type: "string", default: Object.keys(SCENARIOS).join(",") },
    seeds: { type: "string", default: "1" },
    days: { type: "string" },
    rules: { type: "string", default: Object.keys(RULES).join(",") },
    constant: { type: "boolean", default: false },
    svg: { type: "string" },
    trace: { type: "string" },
  },
});

const isScenario = (name: string): name is ScenarioName => name in SCENARIOS;
const isRules = (name: string): name is RulesName => name in RULES;

/** The names given, each of which has to be known. Throws for others. */
function chosen<T extends string>(text: string, isKnown: (name: string) => name is T, all: object): T[] {
  return text.split(",").map((name) => {
    if (!isKnown(name)) throw new Error(`There is no ${name}; expected: ${Object.keys(all).join(", ")}`);
    return name;
  });
}

/** What the file holds; ends the script with the reason when that is nothing. */
function traceIn(file: string) {
  try {
    return readTrace(file);
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

const trace = given.trace === undefined ? undefined : traceIn(given.trace);
const seeds = Array.from({ length: Number(given.seeds) }, (_, i) => i + 1);
const rows: Row[] = [];
const curves: Curve[] = [];
const scenarios = chosen(given.scenario, isScenario, SCENARIOS);
for (const name of scenarios) {
  const scenario: Scenario = { ...SCENARIOS[name], ...(given.days && { days: Number(given.days) }) };
  for (const rules of chosen(given.rules, isRules, RULES)) {
    const games = seeds.map((seed) => play(name, scenario, RULES[rules], seed, trace));
    rows.push({ scenario: name, rules, scores: games.map(({ score }) => score) });
    if (name === scenarios[0] && games[0] !== undefined) curves.push({ rules, minutes: games[0].minutes });
  }
  if (given.constant)
    process.stdout.write(
      `${name}: best constant number ${seeds.map((seed) => bestConstant(name, scenario, seed)).join(", ")}\n`,
    );
}
process.stdout.write(markdownTable(rows));
if (given.svg !== undefined) await Bun.write(given.svg, svgOf(scenarios[0] ?? "", curves));
