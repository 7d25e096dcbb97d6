import type { Given } from "../settings/layers.ts";
import { RUN_OPTION_NAMES, type RunOptions } from "../settings/run-options.ts";

/** The options of one call, and `issue`, which collects what is wrong with them. */
export type Asked = {
  readonly once: RunOptions;
  readonly given: Given;
  readonly issue: (name: string, message: string) => void;
};

/** True when the option was typed on the command line. */
export const isTyped = (name: string, given: Given): boolean => given.get(name)?.layer === "command line";

/** True when nothing is typed and no source names an option of one run, as in a call of cron: the request is a plain run. */
export const asksNothing = (given: Given): boolean =>
  RUN_OPTION_NAMES.every((name) => !given.has(name)) &&
  [...given.keys()].every((name) => !isTyped(name, given));

/** True when the value of an option asks for something: a switch that is off asks for nothing. */
export const isOn = (value: unknown): boolean => value !== undefined && value !== false;
