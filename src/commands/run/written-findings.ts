import { dirname } from "node:path";
import { typedWord } from "../../base/shell-word.ts";
import type { Finding } from "../../model/finding.ts";
import type { Seconds } from "../../model/node.ts";
import { statBehind } from "../../os/files/presence.ts";
import { silentShares } from "../../os/files/silent-folders.ts";
import { expandHome } from "../../os/paths.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import type { Store } from "../../store/colony.ts";
import type { Context } from "../context.ts";
import { pageProblem } from "../path-issues.ts";

/** The files that each run writes, with the finding for each. */
const WRITTEN = [
  {
    ...({ setting: "page_path", what: "page", report: "page" } as const),
    unwritable: { key: "page-unwritable" },
    not_written: { key: "page-not-written" },
  },
  {
    ...({ setting: "prometheus_path", what: "metrics file", report: "prometheus" } as const),
    unwritable: { key: "metrics-unwritable" },
    not_written: { key: "metrics-not-written" },
  },
] as const;

/** Findings for files that cannot be written to their path, or are older than the run that should have written them. */
export async function writtenFindings(
  { world }: Pick<Context, "world">,
  config: Pick<MachineConfig, "page_path" | "prometheus_path">,
  store: Pick<Store, "run">,
): Promise<readonly Finding[]> {
  const last = store.run();
  if (last === undefined || last.status === "refused") return [];
  const findings: Finding[] = [];
  for (const { setting, what, report, unwritable, not_written } of WRITTEN) {
    const asked = config[setting];
    if (asked === undefined) continue;
    const path = expandHome(asked, world.home);
    const silent = (await silentShares([dirname(path)])).size > 0;
    const problem = silent ? undefined : pageProblem(path, setting);
    if (problem !== undefined) {
      findings.push({
        ...unwritable,
        severity: "warning",
        sentence: `The ${what} ${asked} is not written: ${problem.because}. Without a ${what}: --${setting} ""`,
        cure: problem.cure,
      });
      continue;
    }
    if (!silent && writtenAt(path) >= last.ended_at) {
      if (setting === "prometheus_path") findings.push(...hiddenBy(asked, path));
      continue;
    }
    findings.push({
      ...not_written,
      severity: "warning",
      sentence: `The ${what} ${asked} could not be written after the last run${silent ? ": its share does not respond" : ""}. Without a ${what}: --${setting} ""`,
      cure: `wnm --report ${report} --output ${typedWord(path)}`,
    });
  }
  return findings;
}

const SEARCHED_BY_ALL = 0o001;

/** A finding for folders above the metrics file that other accounts may not enter: node_exporter could not read it. */
function hiddenBy(asked: string, path: string): readonly Finding[] {
  const closed: string[] = [];
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const looked = statBehind(folder);
    if (typeof looked === "object" && "found" in looked && !(looked.found.mode & SEARCHED_BY_ALL))
      closed.push(folder);
  }
  return closed.length === 0
    ? []
    : [
        {
          key: "metrics-hidden",
          severity: "warning",
          sentence: `The metrics file ${asked} cannot be read by node_exporter's account: others may not enter ${closed.join(", ")}. wnm --help prometheus names other places`,
          cure: `chmod o+x ${closed.map(typedWord).join(" ")}`,
        },
      ];
}

function writtenAt(path: string): Seconds {
  const looked = statBehind(path);
  return typeof looked === "object" && "found" in looked ? looked.found.mtimeMs / 1000 : 0;
}
