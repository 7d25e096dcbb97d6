import { dirname } from "node:path";
import { Refused, WnmError } from "../base/errors.ts";
import type { ManagerKind } from "../model/node.ts";
import { accountOf, uidOf } from "../os/account.ts";
import { NODE_ACCOUNT } from "../os/elevation.ts";
import { isThere, presenceOf, statAt } from "../os/files/presence.ts";
import type { World } from "../os/world.ts";
import type { FoundNodes } from "../process/contract/found-node.ts";
import type { Given } from "../settings/layers.ts";
import { type Adoption, adopt } from "./adopt.ts";
import { withCommonFlags } from "./common-flags.ts";
import { leftOutLines } from "./left-out-lines.ts";

/** The colony that the found nodes make under the given settings. Throws Refused with the list when they disagree. */
export function agreedAdoption(finds: FoundNodes, given: Given, world: World): Adoption {
  const texts = new Map([...given].map(([name, { text }]) => [name, text]));
  const adoption = adopt(finds, {
    given: texts,
    hasFolder: presenceOf,
    colonyOf,
    whyForeign: (root_dir, manager) => whyForeign(root_dir, manager, world),
  });
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

/** A colony's database lies beside its folder of nodes. */
function colonyOf(root_dir: string): string | undefined {
  const database = `${dirname(dirname(root_dir))}/colony.db`;
  return isThere(database) ? database : undefined;
}

/** Why this manager cannot run a node from the folder: wnm could neither start nor remove it. */
export function whyForeign(
  root_dir: string,
  manager: ManagerKind,
  { uid, home }: Pick<World, "uid" | "home">,
): string | undefined {
  const looked = statAt(root_dir);
  if (typeof looked !== "object" || !("found" in looked)) return `its folder ${root_dir} cannot be looked at`;
  const { found } = looked;
  if (found.isSymbolicLink()) return `its folder ${root_dir} is a link`;
  if (!found.isDirectory()) return `its folder ${root_dir} is no folder`;
  if (`${home}/`.startsWith(`${root_dir}/`)) return `its folder ${root_dir} holds a home`;
  const owner = manager.endsWith("+sudo") ? uidOf(NODE_ACCOUNT) : uid;
  return found.uid === owner
    ? undefined
    : `its folder ${root_dir} belongs to the account ${accountOf(found.uid)?.user ?? found.uid}`;
}
