import * as v from "valibot";
import { ACTION_TYPES, type ForcedActionType, forcingOf } from "../model/action-types.ts";
import type { CommandName } from "../settings/commands.ts";
import { named } from "../settings/layers.ts";
import { type MachineConfig, SETTING_NAMES, settingOf } from "../settings/machine.ts";
import { type ReportName, reportOf } from "../settings/reports.ts";
import type { RunOptionName, RunOptions } from "../settings/run-options.ts";
import type { Asked } from "./asked.ts";

/** Returns why an option has no effect in a call; undefined when it has one. */
type Why = (asked: Asked, command: CommandName) => string | undefined;

/** Why the option has no effect in this call, as a sentence that follows its name; undefined when it has one. Pure. */
export function whyUseless(name: string, asked: Asked, command: CommandName): string | undefined {
  const isSetting = SETTING_NAMES.some((known) => known === name);
  return isSetting
    ? uselessSetting(name, asked, command)
    : RUN_OPTIONS_WHY[name as RunOptionName]?.(asked, command);
}

/** Every command stores the given settings, except a report of stored data. */
function uselessSetting(name: string, { once }: Asked, command: CommandName): string | undefined {
  // --process_manager selects which of two colonies is reported.
  if (command !== "report" || isSurvey(once) || name === "process_manager") return undefined;
  const report = reportNamed(once);
  const { settings } = reportOf(report);
  return settings === "all" || settings.some((read) => read === name)
    ? undefined
    : `does nothing with --report ${report}, which does not depend on it, and a report stores no setting`;
}

const isSurvey = ({ force_action }: Asked["once"]): boolean => force_action === "survey";

const reportNamed = ({ report }: Asked["once"]): ReportName => report ?? "node-status";

const uselessDelay: Why = ({ once, given }, command) => {
  if (command !== "force_action") return undefined;
  if (isSurvey(once))
    return "does nothing with --force_action survey; --this_survey_delay is the pause between its nodes";
  return once.service_name === undefined && !given.has("count")
    ? `does nothing with an action on one node; it goes with --count or with several --service_name`
    : undefined;
};

const uselessLogging: Why = ({ once, given }) => {
  if (once.quiet === true) return `does nothing with ${named("quiet", given)}`;
  const shows = once.loglevel === undefined || once.loglevel === "INFO" || once.loglevel === "DEBUG";
  return shows ? undefined : `does nothing with ${named("loglevel", given)}: it is logged at INFO`;
};

const ofHistory: Why = ({ once }) =>
  reportNamed(once) === "history"
    ? undefined
    : `does nothing with --report ${reportNamed(once)}; it goes with --report history`;

const ofNodeStatus: Why = ({ once }) =>
  reportNamed(once) === "node-status"
    ? undefined
    : `does nothing with --report ${reportNamed(once)}; it goes with --report node-status`;

const ofMove: Why = ({ once }, command) =>
  once.force_action === "move" || command === "import"
    ? undefined
    : `does nothing with --force_action ${once.force_action}; it goes with --force_action move`;

/** One-run options that have no effect in some calls of the commands they belong to. */
const RUN_OPTIONS_WHY: { readonly [K in RunOptionName]?: Why } = {
  confirm: uselessConfirm,
  count: ({ once }) => (isSurvey(once) ? "does nothing with a survey, which asks every node" : undefined),
  service_name: ({ once }, command) =>
    command === "report" && !reportOf(reportNamed(once)).of_nodes
      ? `does nothing with --report ${once.report}, which is about the machine`
      : undefined,
  status: ofNodeStatus,
  sort: ofNodeStatus,
  columns: ofNodeStatus,
  to: ofMove,
  from: ofMove,
  since: ofHistory,
  until: ofHistory,
  kind: ofHistory,
  enable_upgrade: ({ once }, command) =>
    command === "force_action" && !ACTION_TYPES[once.force_action as ForcedActionType].starts_process
      ? `does nothing with --force_action ${once.force_action}, which starts no node`
      : undefined,
  interval: uselessDelay,
  this_action_delay: (asked, command) =>
    asked.once.interval === undefined
      ? uselessDelay(asked, command)
      : `does nothing with ${named("interval", asked.given)}, which overrides it`,
  this_survey_delay: ({ once }, command) =>
    command === "report" && !isSurvey(once)
      ? "does nothing in a report of what is stored; add --force_action survey"
      : undefined,
  bundle: ({ once }) =>
    reportNamed(once) === "doctor" ? undefined : "does nothing without --report doctor, which writes it",
  check_releases: ({ once }) =>
    reportNamed(once) === "doctor" ? undefined : "does nothing without --report doctor, which looks for them",
  rust_backtrace: ({ once }, command) =>
    command === "report" && !isSurvey(once)
      ? "does nothing in a report of what is stored; add --force_action survey"
      : undefined,
  report_format: ({ once }) => {
    const report = reportNamed(once);
    const { formats } = reportOf(report);
    return once.report_format === undefined || formats.includes(once.report_format)
      ? undefined
      : `does nothing with --report ${report}, which has no such form; expected: ${formats.join(", ")}`;
  },
  json: ({ once }, command) => {
    if (command === "init")
      return once.import === true && once.migrate_anm !== true ? undefined : "goes with --init --import only";
    const report = reportNamed(once);
    return command !== "report" || reportOf(report).formats.includes("json")
      ? undefined
      : `does nothing with --report ${report}, which has no JSON form`;
  },
  loglevel: ({ once, given }) =>
    once.quiet === true ? `does nothing with ${named("quiet", given)}` : undefined,
  verbose: uselessLogging,
  show_machine_config: uselessLogging,
  show_machine_metrics: uselessLogging,
  show_decisions: uselessLogging,
};

/** Forced actions that require --confirm for many nodes. */
const COSTLY: ReadonlySet<RunOptions["force_action"]> = new Set(["remove", "stop", "disable"]);

function uselessConfirm({ once, given }: Asked, command: CommandName): string | undefined {
  if (wants("replace_generation", given) || given.get("node_cap")?.layer === "command line") return undefined;
  switch (command) {
    case "run":
      return "confirms nothing in a plain run; it goes with --node_cap and --replace_generation";
    case "force_action": {
      const takesAsFound = forcingOf(once.force_action as ForcedActionType).takes_as_found === true;
      return (takesAsFound && once.service_name !== undefined) || COSTLY.has(once.force_action)
        ? undefined
        : `confirms nothing: --force_action ${once.force_action} needs no confirmation`;
    }
    case "configure":
      return `confirms nothing: --force_action ${once.force_action} needs no confirmation`;
    default:
      return undefined;
  }
}

/** True when a switch is on, from any source. */
const wants = (name: keyof MachineConfig, given: Asked["given"]): boolean => {
  const text = given.get(name)?.text;
  const read = text === undefined ? undefined : v.safeParse(settingOf(name).text, text);
  return read?.success === true && read.output === true;
};
