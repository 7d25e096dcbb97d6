import type { SudoCall } from "../sudoers-rules.ts";

/** One rule in the output of `sudo -l`: commands, the account they run as, and whether a password is needed. */
type Part = { readonly as: string; readonly free: boolean; readonly commands: string };

/**
 * Parses `sudo -l`. The returned function is true for a call allowed without a password, false for one that needs a
 * password or is refused, and undefined when the rules are worded differently from wnm's, so only sudo can tell. Pure.
 */
export function readSudoList(listed: string): (call: SudoCall) => boolean | undefined {
  const parts = partsIn(listed);
  const all_free = parts.every(({ free }) => free);
  return ({ as, rule }) => {
    let free: boolean | undefined;
    // The last matching rule wins. See sudoers(5).
    for (const part of parts)
      if (runsAs(part, as) && (part.commands === "ALL" || part.commands.split(", ").includes(rule)))
        free = part.free;
    return free ?? (all_free ? undefined : false);
  };
}

/** True when the list's run-as part, such as "(root)" or "(ALL : ALL)", includes the account. */
const runsAs = (part: Part, as: string): boolean =>
  part.as
    .split(":")[0]
    ?.split(",")
    .some((name) => [as, "ALL"].includes(name.trim())) === true;

function partsIn(listed: string): readonly Part[] {
  const never_asks = /^\s+(?:.*[\s,])?!authenticate\b/m.test(listed);
  // sudo wraps long lines at blanks.
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

/** The commands without leading tags and without the trailing comma. */
const commandsIn = (text: string): string => text.replace(/^(?:[A-Z_]+: ?)*/, "").replace(/,?\s*$/, "");
