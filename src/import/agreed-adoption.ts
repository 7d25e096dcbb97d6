import { Refused, WnmError } from "../base/errors.ts";
import type { World } from "../os/world.ts";
import type { FoundNodes } from "../process/contract/found-node.ts";
import type { Given } from "../settings/layers.ts";
import { type Adoption, adopt } from "./adopt.ts";
import { circumstancesOf } from "./circumstances.ts";
import { withCommonFlags } from "./common-flags.ts";
import { leftOutLines } from "./left-out-lines.ts";

/** The colony made from the found nodes with the given settings. Throws Refused, listing all conflicts. */
export function agreedAdoption(finds: FoundNodes, given: Given, world: World): Adoption {
  const texts = new Map([...given].map(([name, { text }]) => [name, text]));
  const adoption = adopt(finds, circumstancesOf(texts, world));
  if (adoption.problems.length > 0) {
    throw new Refused(
      [
        "Nothing was imported; this has to be resolved first:",
        ...adoption.problems.map((one) => `  - ${one}`),
      ].join("\n"),
    );
  }
  if (adoption.nodes.length === 0) {
    throw new WnmError(
      [
        "No nodes were found to import (looked for units of systemd, jobs of launchd, processes and antctl's registry).",
        ...leftOutLines(adoption.left_out).map((line) => `  - left out ${line}`),
      ].join("\n"),
    );
  }
  return withCommonFlags(adoption, texts);
}
