import type { SoftwareKind } from "../model/node.ts";
import { SOFTWARE } from "./generations.ts";

/** Flags of other programs or versions, which are dropped from `start_args` for programs that lack them. */
export const foreignFlags = (software: SoftwareKind): ReadonlySet<string> =>
  new Set(
    Object.values(SOFTWARE).flatMap(({ kind, flags }) => (kind === software ? flags.recent : flags.own)),
  );
