import { expect, test } from "bun:test";
import { join } from "node:path";
import { pythonTopic } from "../../src/settings/help-topics/python.ts";

const ROOT = join(import.meta.dir, "../..");

/** The beginning of each difference in the list, and the test that proves it. */
const SHOWN: readonly (readonly [begins: string, file: string, title: string])[] = [
  [
    "A setting given to a run",
    "cli/forced",
    "a setting given to a run applies in that run and is stored; a dry run shows it and stores nothing",
  ],
  [
    "Unknown options",
    "cli/refusals",
    "a wrong call is refused before the lock is requested, and before there is a colony",
  ],
  [
    "Failures have exit codes",
    "cli/forced",
    "a failed action exits with 3, the others are done, and all results are listed",
  ],
  ["Nodes that went down", "cli/main-job", "a killed node is started again by the next run, even at the cap"],
  ["Stopped nodes start", "properties/python", "stopped nodes start again at the cap too"],
  ["--node_cap 0", "decide/zero-limits", "node_cap 0 drains the machine"],
  ["Load deletes no node", "properties/python", "load deletes no node, although an upgrade waits"],
  ["Pressure stops", "properties/python", "a node is stopped for load whatever else is under way or limited"],
  [
    "No more nodes",
    "decide/many-at-once",
    "one run stops as many nodes as the operator allows, up to what the pressure calls for",
  ],
  [
    "Stopping and growing",
    "properties/steady",
    "no node is started and stopped, or stopped and started, within half an hour, except in an emergency",
  ],
  [
    "A removal deletes",
    "execute/teardown",
    "one call removes all nodes: the intent is written first, and only what is verified gone is forgotten",
  ],
  ["A removal that nothing", "decide/needed", "ends when node_cap is restored"],
  [
    "Starting, upgrading",
    "decide/decide",
    "a removal is finished once delay_remove has passed, and not before",
  ],
  [
    "A silent node",
    "properties/decide",
    "an unknown process changes no status, and neither does silence alone",
  ],
  [
    "Upgrades work",
    "cli/main-job",
    "upgrades need --enable_upgrade, come one at a time, and report the new version",
  ],
  ["When many nodes", "torture/scars", "in a mass failure nothing is stopped or removed"],
  ["There is no stale lock", "cli/main-job", "a killed run never blocks the next, and a report never waits"],
  [
    "Databases of older",
    "cli/colony",
    "is rehearsed and reported on without a change, and run after a backup",
  ],
  [
    "--action_delay",
    "cli/forced",
    "the delay between actions is the strongest of interval, this_action_delay and action_delay",
  ],
  [
    "The start_args",
    "cli/python",
    "are shown once, with what they would do, and not used until they are set again",
  ],
  [
    "A new database",
    "cli/python",
    "lets a group or everyone read a new colony's database and its log, and run reports",
  ],
  ["The log has one line", "cli/log", "has one line per action, with time, level and reason"],
  ["A command that costs", "cli/manners", "an action that costs more than three nodes needs --confirm"],
  ["node-status at a terminal", "report/node-table", "has the usual columns in 80, and a line on all"],
  ["Weights in rewards_address", "settings/rewards", "digits of other scripts are not a weight"],
  [
    "node-status-details",
    "report/nodes",
    "as text has a block per node, paths in full, and the age as an epoch and in words",
  ],
];

const listed = (): readonly string[] =>
  [...(pythonTopic().split("What differs, and why:\n")[1] ?? "").matchAll(/^- (.+(?:\n {2}.+)*)/gm)].map(
    ([, text = ""]) => text.replaceAll(/\n {2}/g, " "),
  );

test("each difference from Python wnm that the help lists has a test that shows it", async () => {
  const differences = listed();
  expect(differences.length).toBe(SHOWN.length);
  const gone: string[] = [];
  for (const [i, [begins, file, title]] of SHOWN.entries()) {
    expect(differences[i]).toStartWith(begins);
    const source = await Bun.file(join(ROOT, `test/${file}.test.ts`)).text();
    if (!source.includes(title)) gone.push(`${file}: ${title}`);
  }
  expect(gone).toEqual([]);
});
