import type { ForcedNodeAction, Target } from "./decide/force.ts";
import type { NodeId } from "./model/node.ts";
import { type Given, type Issue, named } from "./settings/given.ts";
import type { FORMATS, OnceName, OnceValues, REPORTS } from "./settings/once.ts";

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
      /** File that the report is written to; undefined: standard output. */
      readonly output: string | undefined;
    }
  | { readonly kind: "export keys"; readonly path: string }
  | { readonly kind: "import keys"; readonly path: string; readonly confirmed: boolean }
  | { readonly kind: "init"; readonly from: "nothing" | "existing nodes" | "anm"; readonly dry_run: boolean }
  | { readonly kind: "undo anm" }
  | { readonly kind: "release" }
  | { readonly kind: "migrate"; readonly confirmed: boolean; readonly dry_run: boolean }
  | { readonly kind: "unlock" }
  | { readonly kind: "dockerfile" }
  | { readonly kind: "sudoers" }
  | { readonly kind: "self-upgrade"; readonly dry_run: boolean };

/** Reads the options as one request; combinations that make no sense are issues. Pure. */
export function requestOf(once: OnceValues, given: Given): { request: Request; issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const issue: Complain = (name, message) =>
    issues.push({ name, message: `${named(name, given)}: ${message}` });
  const asked: Asked = { once, given, typed: (name) => given.get(name)?.layer === "command line", issue };
  return { request: choose(asked), issues };
}

type Complain = (name: OnceName, message: string) => void;
type Asked = {
  readonly once: OnceValues;
  readonly given: Given;
  /** Named on the command line itself; what stands in the environment for other calls disturbs none. */
  readonly typed: (name: OnceName) => boolean;
  readonly issue: Complain;
};

function choose(asked: Asked): Request {
  const { once, given, issue, typed } = asked;
  const dry_run = once.dry_run === true;
  if (!typed("report") && once.report === undefined && typed("output"))
    issue("output", "goes with --report only");
  if (once.self_upgrade === true) {
    for (const other of [
      "init",
      "force_action",
      "report",
      "remove_lockfile",
      "print_sudoers",
      "release",
    ] as const)
      if (typed(other)) issue(other, "cannot go together with --self_upgrade");
    return { kind: "self-upgrade", dry_run };
  }
  if (once.dockerfile === true) return { kind: "dockerfile" };
  if (once.init === true) return initRequest(asked);
  for (const name of ["import", "migrate_anm", "undo"] as const) {
    if (once[name] === true && !(once.migrate_anm === true && once.undo === true))
      issue(name, `needs ${name === "undo" ? "--migrate_anm" : "--init"}`);
  }
  if (typed("create_user")) issue("create_user", "goes with --init only");
  if (once.print_sudoers === true) return { kind: "sudoers" };
  if (once.release === true) return leaveRequest(asked, "release");
  if (once.undo === true) return leaveRequest(asked, "undo");
  if (once.remove_lockfile === true) return { kind: "unlock" };
  if (once.export_keys !== undefined || once.import_keys !== undefined) return keysRequest(asked);
  if (once.report !== undefined) return reportRequest(asked, once.report);
  switch (once.force_action) {
    case undefined:
      for (const name of ["service_name", "count", "confirm"] as const) {
        const or = name === "service_name" ? " or --report" : "";
        // --replace_generation asks for a yes in a plain run.
        if (name === "confirm" && given.has("replace_generation")) continue;
        if (typed(name) && !typed("report") && !typed("force_action"))
          issue(name, `does something only with --force_action${or}`);
      }
      return { kind: "tick", dry_run };
    case "nullop":
    case "update_config":
    case "disable_config":
      noTarget(asked, once.force_action);
      return { kind: "configure", dry_run };
    case "wnm-db-migration":
      noTarget(asked, once.force_action);
      return { kind: "migrate", confirmed: once.confirm === true, dry_run };
    default:
      return forceRequest(asked, once.force_action, dry_run);
  }
}

function keysRequest({ once, issue }: Asked): Request {
  const path = once.export_keys;
  const option = path === undefined ? "import_keys" : "export_keys";
  for (const other of ["dry_run", "force_action", "report"] as const) {
    if (once[other] !== undefined && once[other] !== false) issue(other, `cannot go with --${option}`);
  }
  if (path !== undefined && once.import_keys !== undefined)
    issue("import_keys", "cannot go with --export_keys");
  return path === undefined
    ? { kind: "import keys", path: once.import_keys ?? "", confirmed: once.confirm === true }
    : { kind: "export keys", path };
}

function noTarget({ typed, issue }: Asked, action: string): void {
  for (const name of ["service_name", "count"] as const) {
    if (typed(name)) issue(name, `cannot go with --force_action ${action}, which is not about single nodes`);
  }
}

function reportRequest({ once, issue }: Asked, report: ReportName): Request {
  const action = once.force_action;
  if (action !== undefined && action !== "survey")
    issue("force_action", `expected survey beside --report but received ${action}`);
  if (once.dry_run === true && action === "survey")
    issue("dry_run", "cannot go with a report that surveys first");
  return {
    kind: "report",
    report,
    format: once.json === true ? "json" : (once.report_format ?? "text"),
    ids: once.service_name as readonly NodeId[] | undefined,
    survey: action === "survey",
    output: once.output,
  };
}

function forceRequest(asked: Asked, action: ForcedNodeAction, dry_run: boolean): Request {
  const { once, issue, typed } = asked;
  const ids = once.service_name as readonly NodeId[] | undefined;
  if (action === "teardown") {
    noTarget(asked, action);
    if (once.confirm !== true)
      issue(
        "force_action",
        "Teardown requires --confirm flag for safety: it deletes every node and its data",
      );
    return { kind: "force", action, target: { count: Number.POSITIVE_INFINITY }, dry_run };
  }
  if (ids !== undefined && typed("count")) issue("count", "cannot go together with --service_name");
  if (ids !== undefined && action === "add")
    issue("service_name", "cannot go with add: new nodes get the next free numbers");
  if (ids === undefined && (action === "disable" || action === "enable"))
    issue("force_action", `${action} needs --service_name`);
  const target: Target = ids === undefined ? { count: once.count ?? 1 } : { ids };
  return { kind: "force", action, target, dry_run };
}

function initRequest({ once, issue, given }: Asked): Request {
  const dry_run = once.dry_run === true;
  const from =
    once.migrate_anm === true ? "anm" : once.import === true ? "existing nodes" : ("nothing" as const);
  if (once.import === true && once.migrate_anm === true)
    issue("import", "cannot go with --migrate_anm, which takes anm's nodes");
  if (once.undo === true) issue("undo", "cannot go with --init");
  if (once.release === true) issue("release", "cannot go with --init");
  if (dry_run && from !== "existing nodes")
    issue("dry_run", "is not supported with --init: there is nothing yet to try it on");
  if (once.force_action !== undefined) issue("force_action", "needs a colony and cannot go with --init");
  if (once.report !== undefined) issue("report", "needs a colony and cannot go with --init");
  if (from === "nothing" && !given.has("rewards_address"))
    issue("init", "Rewards Address is required: give --rewards_address, a 0x address, faucet or donate");
  return { kind: "init", from, dry_run };
}

function leaveRequest({ once, issue }: Asked, name: "release" | "undo"): Request {
  if (once.dry_run === true) issue("dry_run", `is not supported with --${name}`);
  if (once.force_action !== undefined) issue("force_action", `cannot go with --${name}`);
  if (once.report !== undefined) issue("report", `cannot go with --${name}`);
  if (name === "release" && once.undo === true) issue("release", "cannot go with --undo");
  return { kind: name === "release" ? "release" : "undo anm" };
}
