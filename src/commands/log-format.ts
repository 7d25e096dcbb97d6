import * as v from "valibot";
import type { LogFormat } from "../base/log-line.ts";
import { MACHINE_SETTINGS } from "../settings/machine.ts";
import { storedLogFormat } from "../store/read-database.ts";
import type { Options } from "./options.ts";

/** The log format to use before the settings are resolved: the one given, else the one stored. */
export function logFormatOf({ given, paths }: Options): LogFormat {
  const text = given.get("log_format")?.text ?? storedLogFormat(paths.database);
  const read = v.safeParse(MACHINE_SETTINGS.log_format.text, text);
  return read.success ? read.output : "text";
}
