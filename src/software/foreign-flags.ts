import type { SoftwareKind } from "../model/node.ts";
import { SOFTWARE } from "./generations.ts";

/** Flags of `start_args` without which a node is started whose program lacks them: other programs or versions have them. */
export const foreignFlags = (software: SoftwareKind): ReadonlySet<string> =>
  new Set(
    Object.values(SOFTWARE).flatMap(({ kind, flags }) => (kind === software ? flags.recent : flags.own)),
  );
