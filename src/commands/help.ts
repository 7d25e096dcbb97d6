import { EXIT, type ExitCode } from "../base/errors.ts";
import { shortHelp } from "../settings/help.ts";
import type { Context } from "./context.ts";

/** Prints the short help. `--help` and `--help TOPIC` alone are answered in cli.ts. */
export function printHelp({ world }: Context): ExitCode {
  world.print(shortHelp());
  return EXIT.done;
}
