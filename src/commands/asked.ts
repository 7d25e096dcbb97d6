import type { Given } from "../settings/layers.ts";
import { RUN_OPTION_NAMES, type RunOptions } from "../settings/run-options.ts";

/** The options of one call, and `issue`, which records a problem with one of them. */
export type Asked = {
  readonly once: RunOptions;
  readonly given: Given;
  readonly issue: (name: string, message: string) => void;
};

/** True when the option was typed on the command line. */
export const isTyped = (name: string, given: Given): boolean => given.get(name)?.layer === "command line";

/** True when no command-line option and no one-run option is given, as in a call from cron: the request is a plain run. */
export const isPlainRun = (given: Given): boolean =>
  RUN_OPTION_NAMES.every((name) => !given.has(name)) &&
  [...given.keys()].every((name) => !isTyped(name, given));

/** True when an option is set and is not a switch that is off. */
export const isOn = (value: unknown): boolean => value !== undefined && value !== false;
