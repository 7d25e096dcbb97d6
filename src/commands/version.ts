import { EXIT, type ExitCode } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import type { Context } from "./context.ts";

/** Prints the version of wnm. main.ts answers a bare `--version` without loading this. */
export function printVersion({ world }: Context): ExitCode {
  world.print(`wnm version ${VERSION}\n`);
  return EXIT.done;
}
