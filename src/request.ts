import type { ForcedNodeAction, Target } from "./decide/force.ts";
import type { NodeId } from "./model/node.ts";
import type { Issue } from "./settings/given.ts";
import type { FORMATS, OnceValues, REPORTS } from "./settings/once.ts";

export type ReportName = (typeof REPORTS)[number];
export type Format = (typeof FORMATS)[number];

/** What the user asked for: exactly one thing. */
export type Request =
  | { readonly kind: "tick"; readonly dry_run: boolean }
  | { readonly kind: "configure"; readonly dry_run: boolean }
  | {
      readonly kind: "force";
      readonly action: ForcedNodeAction;
      readonly target: Target;
      readonly dry_run: boolean;
    }
  | {
      readonly kind: "report";
      readonly report: ReportName;
      readonly format: Format;
      readonly ids: readonly NodeId[] | undefined;
      readonly survey: boolean;
    }
  | { readonly kind: "export keys"; readonly path: string }
  | { readonly kind: "import keys"; readonly path: string; readonly confirmed: boolean }
  | { readonly kind: "init" }
  | { readonly kind: "unlock" };

/** Reads the options as one request; combinations that make no sense are issues. Pure. */
export function requestOf(
  once: OnceValues,
  given: ReadonlySet<string>,
): { request: Request; issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const issue = (name: string, message: string) => issues.push({ name, message });
  const dry_run = once.dry_run === true;
  const action = once.force_action;
  const ids = once.service_name as readonly NodeId[] | undefined;

  if (once.init === true) {
    if (dry_run)
      issue("dry_run", "--dry_run is not supported with --init: there is nothing yet to try it on");
    if (action !== undefined)
      issue("force_action", "--force_action needs a colony and cannot go with --init");
    if (once.report !== undefined) issue("report", "--report needs a colony and cannot go with --init");
    return { request: { kind: "init" }, issues };
  }
  if (once.remove_lockfile === true) return { request: { kind: "unlock" }, issues };
  const keys = keysRequest(once);
  if (keys !== undefined) {
    if (dry_run) issue("dry_run", "--dry_run cannot go with --export_keys or --import_keys");
    if (action !== undefined || once.report !== undefined)
      issue("export_keys", "--export_keys and --import_keys stand alone, without --force_action or --report");
    if (once.export_keys !== undefined && once.import_keys !== undefined)
      issue("export_keys", "--export_keys and --import_keys cannot go together");
    return { request: keys, issues };
  }
  if (once.report !== undefined) {
    if (action !== undefined && action !== "survey")
      issue("force_action", `--report goes with --force_action survey only, not with ${action}`);
    if (dry_run && action === "survey")
      issue("dry_run", "--dry_run cannot go with a report that surveys first");
    const format = once.json === true ? "json" : (once.report_format ?? "text");
    return {
      request: { kind: "report", report: once.report, format, ids, survey: action === "survey" },
      issues,
    };
  }
  if (action === undefined) {
    for (const name of ["service_name", "count", "confirm"]) {
      if (name === "confirm" && given.has("replace_generation")) continue;
      if (given.has(name))
        issue(
          name,
          `--${name} does something only with --force_action${name === "service_name" ? " or --report" : ""}`,
        );
    }
    return { request: { kind: "tick", dry_run }, issues };
  }
  if (action === "nullop" || action === "update_config" || action === "disable_config") {
    return { request: { kind: "configure", dry_run }, issues };
  }
  if (action === "teardown" || action === "wnm-db-migration") {
    issue("force_action", `--force_action ${action} is not part of this wnm yet`);
    return { request: { kind: "configure", dry_run }, issues };
  }
  if (ids !== undefined && given.has("count"))
    issue("count", "--count and --service_name cannot go together");
  if (ids !== undefined && action === "add")
    issue("service_name", "--service_name cannot go with add: new nodes get the next free numbers");
  if (ids === undefined && (action === "disable" || action === "enable"))
    issue("service_name", `--force_action ${action} needs --service_name`);
  const target: Target = ids === undefined ? { count: once.count ?? 1 } : { ids };
  return { request: { kind: "force", action, target, dry_run }, issues };
}

function keysRequest(once: OnceValues): Request | undefined {
  if (once.export_keys !== undefined) return { kind: "export keys", path: once.export_keys };
  if (once.import_keys === undefined) return undefined;
  return { kind: "import keys", path: once.import_keys, confirmed: once.confirm === true };
}
