import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { requestOf } from "../../src/commands/request-of.ts";
import { fromArguments } from "../../src/settings/arguments.ts";
import { COMMAND_NAMES, CONFIGURED_COMMANDS, type CommandName } from "../../src/settings/commands.ts";
import { FORCED_ACTIONS } from "../../src/settings/forced-actions.ts";
import { OPTION_NAMES, optionOf } from "../../src/settings/options.ts";
import { REPORTS, reportOf } from "../../src/settings/reports.ts";
import { resolveOnce } from "../../src/settings/resolve.ts";
import { fromEnvironment, strongestOf } from "../../src/settings/sources.ts";
import { COMMANDS, PAIRS, RIGHT } from "../support/command-calls.ts";

function issuesOf(words: readonly string[]): readonly string[] {
  const { given, issues } = fromArguments(words);
  const { once, issues: onceIssues } = resolveOnce(given);
  return [...issues, ...onceIssues, ...requestOf(once, given).issues].map(({ message }) => message);
}

test("the table of commands has every option that is a command, and no other", () => {
  const options = OPTION_NAMES.filter((name) => optionOf(name)?.command !== undefined);
  expect(new Set(COMMANDS.map(([option]) => option))).toEqual(new Set(options));
});

test("each command alone is a valid call", () => {
  for (const name of COMMAND_NAMES) expect([name, issuesOf(RIGHT[name])]).toEqual([name, []]);
});

describe("two commands in one call", () => {
  test("are an issue that names both, in either order", () => {
    expect(PAIRS.length).toBeGreaterThan(100);
    for (const { a, b, words } of PAIRS) {
      for (const call of [words, words.toReversed()]) {
        const message = issuesOf(call).find((issue) => issue.includes("cannot be combined"));
        expect([a, b, message]).toEqual([a, b, expect.stringContaining(`--${a} `)]);
        expect([a, b, message]).toEqual([a, b, expect.stringContaining(`--${b} `)]);
      }
    }
  });

  test("can go together if one is a survey and the other a report, which it precedes", () => {
    expect(issuesOf(["--report=node-status", "--force_action=survey"])).toEqual([]);
    for (const action of FORCED_ACTIONS.filter((name) => name !== "survey"))
      expect(issuesOf(["--report=node-status", `--force_action=${action}`])).not.toEqual([]);
  });
});

test("--service_name is refused in a report that is not about nodes", () => {
  for (const report of REPORTS) {
    const issues = issuesOf([`--report=${report}`, "--service_name=1"]);
    expect([report, issues.length === 0]).toEqual([report, reportOf(report).of_nodes]);
  }
});

test("--confirm is accepted only with actions that cost nodes or may give a node up", () => {
  const call = (action: string, ...more: readonly string[]) =>
    issuesOf([`--force_action=${action}`, "--confirm", ...more]);
  for (const action of ["remove", "stop", "disable", "start"])
    expect(call(action, "--service_name=1")).toEqual([]);
  for (const action of ["remove", "stop"]) expect(call(action, "--count=9")).toEqual([]);
  expect(call("start")).toEqual([expect.stringContaining("confirms nothing")]);
  for (const action of ["restart", "upgrade", "enable"])
    expect(call(action, "--service_name=1")).toEqual([expect.stringContaining("confirms nothing")]);
});

/** The option as it may be typed, with a value that it accepts. */
function typed(name: string): string {
  const row = optionOf(name);
  if (row === undefined) throw new Error(`There is no option ${name}`);
  if (row.is_switch === true) return `--${name}`;
  const shown = typeof row.default === "function" || row.default === undefined ? "" : row.show(row.default);
  const value = [shown, ...(row.choices ?? []), "/x", "1", "3d"].find(
    (text) => text !== "" && v.safeParse(row.text, text).success,
  );
  return `--${name}=${value}`;
}

/** Further valid calls of commands in which some options have an effect that they lack in the shortest one. */
const MORE: Readonly<Partial<Record<CommandName, readonly (readonly string[])[]>>> = {
  run: [["--replace_generation"]],
  force_action: [
    ["--force_action=start", "--count=2"],
    ["--force_action=restart"],
    ["--force_action=move", "--to=/b"],
    ["--force_action=remove", "--service_name=1"],
  ],
  configure: [["--force_action=update_config", "--replace_generation"]],
  report: [
    ["--report=machine-config"],
    ["--report=history"],
    ["--report=doctor"],
    ["--report=node-status", "--force_action=survey"],
  ],
  init: [["--init", "--import"]],
};

const isUseless = (name: string, issues: readonly string[]): boolean =>
  issues.some(
    (issue) =>
      issue.startsWith(`--${name} (command line): `) && /(does|confirms) nothing|goes with/.test(issue),
  );

test("an option is refused in each command that its row does not name, and has an effect in each that it names", () => {
  const options = OPTION_NAMES.filter((name) => optionOf(name)?.command === undefined);
  expect(options.length).toBeGreaterThan(60);
  for (const name of options) {
    const accepted = optionOf(name)?.goes_with ?? CONFIGURED_COMMANDS;
    for (const command of COMMAND_NAMES) {
      if (command === "teardown" && name === "confirm") continue;
      // Alone it means the report that it redraws.
      if (command === "run" && name === "watch") continue;
      const calls = [RIGHT[command], ...(MORE[command] ?? [])];
      const useless = calls.every((words) => isUseless(name, issuesOf([...words, typed(name)])));
      expect([name, command, useless]).toEqual([name, command, !accepted.includes(command)]);
    }
  }
});

/** Calls, each with the option that has no effect in it and a part of the sentence that says so. */
const USELESS: readonly (readonly [call: string, option: string, says: string])[] = [
  ["--report node-status --since 3d", "since", "goes with --report history"],
  ["--force_action survey --interval 5", "interval", "--this_survey_delay is the pause between its nodes"],
  [
    "--force_action survey --this_action_delay 5",
    "this_action_delay",
    "does nothing with --force_action survey",
  ],
  ["--force_action add --interval 5", "interval", "does nothing with an action on one node"],
  ["--interval 5 --this_action_delay 6", "this_action_delay", "does nothing with --interval (command line)"],
  ["--force_action survey --count 2", "count", "does nothing with a survey"],
  ...["stop", "remove", "survey"].map(
    (action) =>
      [
        `--force_action ${action} --enable_upgrade`,
        "enable_upgrade",
        `--force_action ${action}, which starts no node`,
      ] as const,
  ),
  ["--force_action enable --service_name 1 --enable_upgrade", "enable_upgrade", "which starts no node"],
  ["--force_action teardown --confirm --enable_upgrade", "enable_upgrade", "--force_action teardown"],
  ["--confirm", "confirm", "confirms nothing in a plain run"],
  ["--confirm --replace_generation=false", "confirm", "confirms nothing in a plain run"],
  ["--force_action start --confirm", "confirm", "needs no confirmation"],
  ["--force_action restart --service_name 1 --confirm", "confirm", "needs no confirmation"],
  ["--force_action update_config --cpu_remove 80 --confirm", "confirm", "needs no confirmation"],
  ["--force_action update_config --count 2", "count", "does nothing with --force_action update_config"],
  ["--report node-status --report_format env", "report_format", "expected: text, json"],
  ["--report prometheus --report_format json", "report_format", "expected: text"],
  ["--report machine-metrics --report_format config", "report_format", "expected: text, json, env"],
  ["--report influx-resources --json", "json", "which has no JSON form"],
  ["--report prometheus --force_action survey --json", "json", "which has no JSON form"],
  ["--report machine-config --service_name 1", "service_name", "which is about the machine"],
  ["--report machine-metrics --service_name 1", "service_name", "which is about the machine"],
  ["--report node-status --node_cap 3", "node_cap", "a report stores no setting"],
  ["--report influx-ntracking --cpu_remove 90", "cpu_remove", "a report stores no setting"],
  ["--report prometheus --hd_remove 90", "hd_remove", "a report stores no setting"],
  ["--report node-status --replace_generation", "replace_generation", "does nothing with --report"],
  [
    "--report node-status --force_action survey --replace_generation",
    "replace_generation",
    "does nothing with --report",
  ],
  ["--report node-status --this_survey_delay 5", "this_survey_delay", "add --force_action survey"],
  ["--report node-status --rust_backtrace 1", "rust_backtrace", "add --force_action survey"],
  ["--report node-status --verbose", "verbose", "does nothing with --report"],
  ["--report node-status --show_decisions", "show_decisions", "does nothing with --report"],
  ["--quiet --loglevel DEBUG", "loglevel", "does nothing with --quiet (command line)"],
  ["--quiet --verbose", "verbose", "does nothing with --quiet (command line)"],
  ["--loglevel WARNING --show_decisions", "show_decisions", "it is logged at INFO"],
  ["--init --rewards_address donate --json", "json", "goes with --init --import only"],
  ["--init --migrate_anm --json", "json", "goes with --init --import only"],
  ["--init --rewards_address donate --rust_backtrace 1", "rust_backtrace", "does nothing with --init"],
  ["--print_sudoers --cpu_remove 90", "cpu_remove", "does nothing with --print_sudoers"],
  ["--print_sudoers --antnode_path /x", "antnode_path", "does nothing with --print_sudoers"],
  ["--self_upgrade --quiet", "quiet", "does nothing with --self_upgrade"],
  ["--self_upgrade --timings", "timings", "does nothing with --self_upgrade"],
  ["--release --verbose", "verbose", "does nothing with --release"],
];

test.each(USELESS)("%s: --%s has no effect, which is reported as an issue", (call, option, says) => {
  const issues = issuesOf(call.split(" "));
  expect(issues).toHaveLength(1);
  expect(issues[0]).toStartWith(`--${option} (command line): `);
  expect(issues[0]).toContain(says);
});

test.each([
  "--force_action survey --show_decisions --this_survey_delay 5 --json --timings",
  "--force_action add --count 1 --interval 5 --enable_upgrade --verbose",
  "--force_action stop --service_name 1 --interval 5 --node_cap 3",
  "--force_action remove --service_name 1 --confirm",
  "--replace_generation --confirm --quiet",
  "--report machine-config --node_cap 3 --report_format env --quiet",
  "--report machine-metrics --hd_remove 90 --json",
  "--report influx-resources --service_name 1 --output /x",
  "--report node-status --force_action survey --node_cap 3 --this_survey_delay 5 --service_name 1",
  "--report node-status --process_manager setsid+user",
  "--init --import --dry_run --json --node_cap 3",
  "--print_sudoers --process_manager systemd+sudo --node_storage /x --port_start 40 --firewall none",
])("%s: every option has an effect", (call) => {
  expect(issuesOf(call.split(" "))).toEqual([]);
});

test("what the environment sets for every call is refused in none", () => {
  const { given } = fromEnvironment({
    WNM_QUIET: "1",
    WNM_VERBOSE: "1",
    NODE_CAP: "9",
    WNM_JSON: "1",
    INTERVAL: "5",
  });
  expect(given.size).toBe(5);
  for (const words of ["--report=prometheus", "--force_action=survey"]) {
    const { given: typedOnes } = fromArguments([words]);
    const all = strongestOf(typedOnes, given);
    expect(requestOf(resolveOnce(all).once, all).issues).toEqual([]);
  }
});
