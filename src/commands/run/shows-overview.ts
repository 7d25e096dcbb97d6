import type { Context } from "../context.ts";
import type { WorkRequest } from "./plan.ts";

/** True when this run ends with the overview, as at a terminal. */
export const showsOverview = ({ once, world }: Context, { kind }: WorkRequest): boolean =>
  kind === "run" &&
  world.screen !== undefined &&
  once.json !== true &&
  once.quiet !== true &&
  world.log.format() === "text";
