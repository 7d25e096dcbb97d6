import { EXIT, type ExitCode } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { TEXTS } from "../monitoring/texts.ts";
import type { Context } from "./context.ts";
import type { RequestOf } from "./request.ts";

/** Prints a dashboard, alert rules or an example configuration for monitoring, matching this version. */
export function printText({ world }: Context, { text }: RequestOf<"print">): ExitCode {
  world.print(TEXTS[text](VERSION));
  return EXIT.done;
}
