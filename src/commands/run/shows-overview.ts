import type { Context } from "../context.ts";
import type { WorkRequest } from "./plan.ts";

/** True when a person at a terminal sees the overview at the end of this run. */
export const showsOverview = ({ once, world }: Context, { kind }: WorkRequest): boolean =>
  kind === "run" &&
  world.screen !== undefined &&
  once.json !== true &&
  once.quiet !== true &&
  world.log.format() === "text";
