import { EXIT, type ExitCode } from "../base/errors.ts";
import { dockerfile } from "../process/docker/dockerfile.ts";
import type { Context } from "./context.ts";

/** Prints the Dockerfile of the nodes' image. */
export function printDockerfile({ world }: Context): ExitCode {
  world.print(dockerfile());
  return EXIT.done;
}
