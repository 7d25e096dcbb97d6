import { expect, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { inShort, type PythonCase, pythonCases } from "./python-plans.ts";

/** The number of actions of each kind. */
type Counts = Readonly<Record<string, number>>;

/** An intended difference: what it is, which plans show it, and how many of the cases have one. */
type Difference = {
  readonly name: string;
  readonly cases: number;
  readonly shows: (python: Counts, ours: Counts, one: PythonCase) => boolean;
};

const REMOVE = ["remove stopped", "remove running"] as const;
const countsOf = (plan: string): Counts =>
  Object.fromEntries(
    [...plan.matchAll(/([a-z ]+)×(\d+)/g)].map(([, name = "", count]) => [name.trim(), Number(count)]),
  );
const only = (counts: Counts, ...names: readonly string[]): boolean =>
  Object.keys(counts).every((name) => names.includes(name));
const removals = (counts: Counts): number => REMOVE.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
const has = (counts: Counts, name: string): boolean => (counts[name] ?? 0) > 0;

/** In the order in which they are asked: each case shows the first that applies. */
const WANTED: readonly Difference[] = [
  {
    name: "node_cap 0 stops every node and keeps its data",
    cases: 3,
    shows: (_, ours, { snapshot }) => snapshot.config.node_cap === 0 && only(ours, "stop", "idle"),
  },
  {
    name: "load deletes no node, although an upgrade waits",
    cases: 18,
    shows: (python, ours, { snapshot }) => removals(python) > 0 && only(ours, "stop") && snapshot.upgrades,
  },
  {
    name: "a node is stopped for load whatever else is under way or limited",
    cases: 33,
    shows: (python, ours) => only(python, "idle") && ours.stop === 1 && only(ours, "stop"),
  },
  {
    name: "no more nodes are stopped than the pressure needs",
    cases: 26,
    shows: (python, ours) =>
      only(python, "stop") && only(ours, "stop") && Number(ours.stop) < Number(python.stop),
  },
  {
    name: "no more nodes are removed than node_cap or the disk needs, and those that leave already count",
    cases: 18,
    shows: (python, ours) =>
      only(python, ...REMOVE) && only(ours, ...REMOVE, "idle") && removals(ours) < removals(python),
  },
  {
    name: "stopped nodes start again at the cap too",
    cases: 14,
    shows: (python, ours, { snapshot }) =>
      only(python, "idle") && only(ours, "start") && snapshot.nodes.length >= snapshot.config.node_cap,
  },
  {
    name: "nodes start up to max_concurrent_starts, also while another one is starting",
    cases: 1,
    shows: (python, ours, { counts }) =>
      only(python, "idle") && only(ours, "start", "add") && counts.RESTARTING > 0,
  },
  {
    name: "stopped nodes start before new ones are added",
    cases: 6,
    shows: (python, ours) =>
      has(python, "start") && has(python, "add") && only(ours, "start") && ours.start === python.start,
  },
];

test("a plan equals Python wnm's, or differs from it in an intended way that has a name", async () => {
  const shown: Record<string, number> = Object.fromEntries(WANTED.map(({ name }) => [name, 0]));
  const unexplained: string[] = [];
  const cases = await pythonCases();
  for (const one of cases) {
    const ours = inShort(decide(one.snapshot), one.snapshot.nodes);
    if (ours === one.plan) continue;
    const difference = WANTED.find(({ shows }) => shows(countsOf(one.plan), countsOf(ours), one));
    if (difference === undefined) unexplained.push(`${one.line} but wnm: ${ours}`);
    else shown[difference.name] = (shown[difference.name] ?? 0) + 1;
  }
  expect(cases.length).toBe(600);
  expect(unexplained).toEqual([]);
  // A rule that changes a plan changes one of these numbers.
  expect(shown).toEqual(Object.fromEntries(WANTED.map(({ name, cases: count }) => [name, count])));
});

const plansOf = async (chosen: (one: PythonCase) => boolean) =>
  (await pythonCases()).filter(chosen).map(({ snapshot }) => ({ snapshot, plan: decide(snapshot) }));

test("upgrades are blocked while a node is being removed", async () => {
  const plans = await plansOf(({ counts, snapshot }) => snapshot.upgrades && counts.REMOVING > 0);
  expect(plans.length).toBeGreaterThan(10);
  for (const { plan } of plans) expect(plan.map(({ type }) => type)).not.toContain("upgrade");
});

test("the limit of each action binds stops and removals as in Python wnm, except that one node always goes", async () => {
  const plans = await plansOf(({ counts, snapshot }) => counts.RUNNING > 1 && snapshot.config.node_cap > 0);
  let several = 0;
  for (const { snapshot, plan } of plans) {
    const { max_concurrent_removals, max_concurrent_operations } = snapshot.config;
    const given_up = plan.filter(
      (action) => action.type === "stop" || (action.type === "remove" && action.cause !== "dead"),
    ).length;
    expect(given_up).toBeLessThanOrEqual(
      Math.max(1, Math.min(max_concurrent_removals, max_concurrent_operations)),
    );
    if (given_up > 1) several++;
  }
  expect(several).toBeGreaterThan(10);
});
