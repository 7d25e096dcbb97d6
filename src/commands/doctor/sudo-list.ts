import type { SudoCall } from "../sudoers-rules.ts";

/** A part of what sudo lists: commands for an account, with or without a password. */
type Part = { readonly as: string; readonly free: boolean; readonly commands: string };

/**
 * What `sudo -l` says of each call: allowed without a password, only with one or not at all, or (undefined) by rules of
 * another form than those that wnm prints, so that sudo has to be asked for this very call. Pure.
 */
export function readSudoList(listed: string): (call: SudoCall) => boolean | undefined {
  const parts = partsIn(listed);
  const all_free = parts.every(({ free }) => free);
  return ({ as, rule }) => {
    let free: boolean | undefined;
    // The last rule that matches counts. sudoers(5).
    for (const part of parts)
      if (runsAs(part, as) && (part.commands === "ALL" || part.commands.split(", ").includes(rule)))
        free = part.free;
    return free ?? (all_free ? undefined : false);
  };
}

/** The account among those before a list, "(root)", "(ALL : ALL)". */
const runsAs = (part: Part, as: string): boolean =>
  part.as
    .split(":")[0]
    ?.split(",")
    .some((name) => [as, "ALL"].includes(name.trim())) === true;

function partsIn(listed: string): readonly Part[] {
  const never_asks = /^\s+(?:.*[\s,])?!authenticate\b/m.test(listed);
  // sudo breaks lines at blanks.
  const lines = listed.replace(/\n {8}/g, " ").split("\n");
  return lines.flatMap((line) => {
    const [, as, rest] = /^\s+\(([^)]*)\)\s+(.*)$/.exec(line) ?? [];
    if (as === undefined || rest === undefined) return [];
    const [untagged = "", ...tagged] = rest.split(/((?:NO)?PASSWD):\s*/);
    const parts: Part[] = untagged === "" ? [] : [{ as, free: never_asks, commands: commandsIn(untagged) }];
    for (let i = 0; i < tagged.length; i += 2)
      parts.push({
        ...{ as, commands: commandsIn(tagged[i + 1] ?? "") },
        free: never_asks || tagged[i] === "NOPASSWD",
      });
    return parts;
  });
}

/** Without other tags in front, and without the comma before the next one. */
const commandsIn = (text: string): string => text.replace(/^(?:[A-Z_]+: ?)*/, "").replace(/,?\s*$/, "");
