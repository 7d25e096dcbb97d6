import { EXIT, type ExitCode } from "../base/errors.ts";
import { completionScript } from "../settings/completion.ts";
import type { Context } from "./context.ts";
import type { RequestOf } from "./request.ts";

/** Prints the completion script of a shell. */
export function printCompletion({ world }: Context, { shell }: RequestOf<"completion">): ExitCode {
  world.print(completionScript(shell));
  return EXIT.done;
}
