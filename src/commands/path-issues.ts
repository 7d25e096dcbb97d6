import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { shellWord } from "../base/shell-word.ts";
import { messageOf } from "../base/text.ts";
import { asRoot } from "../os/advice.ts";
import { whyNotRun } from "../os/files/operator-program.ts";
import { absentOr, statAt, statBehind } from "../os/files/presence.ts";
import { expandHome } from "../os/paths.ts";
import type { World } from "../os/world.ts";
import { alertTargets } from "../settings/alert-targets.ts";
import { type Given, type Issue, named } from "../settings/layers.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { isTyped } from "./asked.ts";

/** Why a file cannot be written to a path, and the command that fixes it. */
export type PathProblem = {
  readonly because: string;
  readonly cure: string;
  /** Set when the fix is another value of the setting. */
  readonly is_other_path?: true;
};

/**
 * Problems with paths typed in this call that would be stored but could never be written to or executed. A path from a
 * file or the environment is repeated in every run, so a problem with it becomes a finding instead.
 */
export function pathIssues(
  { page_path, prometheus_path, antctl_path, docker_path, alert_url, node_storage }: Partial<MachineConfig>,
  given: Given,
  /** undefined for `--init`, which creates the folders. */
  stored: Partial<MachineConfig> | undefined,
  world: Pick<World, "home" | "uid">,
): readonly Issue[] {
  const issues: Issue[] = [];
  const refuse = (name: string, because: string): void => {
    issues.push({ name, message: `${named(name, given)}: ${because}` });
  };
  const written = { page_path, prometheus_path };
  for (const name of ["page_path", "prometheus_path"] as const) {
    const path = written[name];
    if (path === undefined || !isTyped(name, given)) continue;
    const problem = pageProblem(expandHome(path, world.home), name);
    if (problem === undefined) continue;
    const first = problem.is_other_path === true ? "" : `; first: ${problem.cure}`;
    refuse(name, `${problem.because}${first}`);
  }
  for (const [name, path] of Object.entries({ antctl_path, docker_path })) {
    if (path === undefined || !isTyped(name, given)) continue;
    const because = whyNotStarted(expandHome(path, world.home), world.uid);
    if (because !== undefined) refuse(name, because);
  }
  if (stored !== undefined && node_storage !== undefined && isTyped("node_storage", given)) {
    const lost = node_storage
      .filter((folder) => stored.node_storage?.includes(folder) !== true)
      .map((folder) => expandHome(folder, world.home))
      .filter((folder) => statBehind(folder) === "absent");
    if (lost.length > 0)
      refuse(
        "node_storage",
        `there is no folder ${lost.join(", ")}; mount its disk, or first: mkdir -p ${lost.map(shellWord).join(" ")}`,
      );
  }
  if (alert_url !== undefined && isTyped("alert_url", given)) {
    const read = alertTargets(alert_url);
    for (const target of "targets" in read ? read.targets : []) {
      if (target.kind !== "exec") continue;
      const because = whyNotRun(target.path, world.uid);
      if (because !== undefined) refuse("alert_url", because);
    }
  }
  return issues;
}

/** Why the account `uid` cannot execute this program; undefined when it can. */
function whyNotStarted(path: string, uid: number): string | undefined {
  const because = whyNotRun(path, uid);
  if (because !== undefined) return because;
  const there = statBehind(path);
  const is_executable = typeof there !== "object" || !("found" in there) || (there.found.mode & 0o111) !== 0;
  return is_executable ? undefined : `${path} is not executable; first: chmod +x ${shellWord(path)}`;
}

/** The settings of files that each run writes, with an example name. */
const FILE_OF = { page_path: "wnm.html", prometheus_path: "wnm.prom" } as const;
type Written = keyof typeof FILE_OF;

/** Why a file cannot be written to this path; undefined when it can, or when that is unknown. */
export function pageProblem(path: string, setting: Written): PathProblem | undefined {
  const folder = dirname(path);
  const there = statBehind(folder);
  if (there === "absent")
    return { because: `there is no folder ${folder}`, cure: `mkdir -p ${shellWord(folder)}` };
  if ("unknown" in there) return undefined;
  if (!there.found.isDirectory())
    return {
      because: `${folder} is not a folder; name a file inside one`,
      cure: `ls -ld ${shellWord(folder)}`,
    };
  const at = statAt(path);
  if (typeof at === "object" && "found" in at && !at.found.isFile()) {
    const other = at.found.isDirectory() ? `${path}/${FILE_OF[setting]}` : `${folder}/${FILE_OF[setting]}`;
    return {
      because: `${path} is not a regular file; name one, such as ${other}`,
      cure: `wnm --${setting} ${shellWord(other)}`,
      is_other_path: true,
    };
  }
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const why = absentOr(error);
    return {
      because: `this account cannot write into ${folder} (${why === "absent" ? messageOf(error) : why.unknown})`,
      cure: asRoot(`chown ${process.getuid?.()} ${shellWord(folder)}`),
    };
  }
}
