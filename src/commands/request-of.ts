import { type Given, type Issue, named } from "../settings/layers.ts";
import {
  RUN_OPTION_NAMES,
  type RunOptionName,
  type RunOptions,
  runOptionOf,
} from "../settings/run-options.ts";
import { type Asked, isOn } from "./asked.ts";
import { commandOf } from "./command-of.ts";
import { makeRequest } from "./make-request.ts";
import type { Request } from "./request.ts";
import { refuseUseless } from "./useless-options.ts";

/** Converts the options to one request; invalid combinations become issues. Pure. */
export function requestOf(typed: RunOptions, given: Given): { request: Request; issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const once = withImplied(typed);
  const asked: Asked = {
    once,
    given,
    issue: (name, message) => issues.push({ name, message: `${named(name, given)}: ${message}` }),
  };
  const command = commandOf(asked);
  if (issues.length === 0) refuseUseless(command, asked);
  return { request: makeRequest(command, asked), issues };
}

/** --watch alone or with a survey implies --report overview, which it redraws. */
const withImplied = (once: RunOptions): RunOptions =>
  once.watch !== undefined && COMMAND_OPTIONS.every((name) => !isOn(once[name]) || isSurvey(name, once))
    ? { ...once, report: "overview" }
    : once;

const COMMAND_OPTIONS = RUN_OPTION_NAMES.filter((name) => runOptionOf(name).command !== undefined);

const isSurvey = (name: RunOptionName, once: RunOptions): boolean =>
  name === "force_action" && once.force_action === "survey";
