import { KINDS } from "../../checks/register.ts";
import { definitions } from "../text-layout.ts";

/** Every kind of finding. */
export const findingsTopic =
  (): string => `A finding is something that you have to know or fix. Every run looks for them. The log has a line
when one begins, becomes bad or is over. The JSON result of a run has them all.

  wnm --report health        what is wrong now; see wnm --help health
  wnm --report prometheus    wnm_finding{key,severity,node}
  wnm --alert_url ADDRESS    sends alerts; see wnm --help alerts

A bad finding that keeps wnm from its work gives a run exit code 3; a problem with nodes, which wnm
handles itself, does not. Scripts may rely on the keys.

Bad at worst:
${definitions(rowsOf("bad"))}
Warnings:
${definitions(rowsOf("warning"))}`;

const rowsOf = (severity: "bad" | "warning"): readonly (readonly [string, string])[] =>
  [...KINDS.values()]
    .filter((kind) => kind.severity === severity)
    .map(({ key, about }) => [key, about] as const)
    .toSorted(([a], [b]) => a.localeCompare(b));
