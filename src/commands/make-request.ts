import type { Target } from "../decide/force.ts";
import { type ForcedActionType, forcingOf } from "../model/action-types.ts";
import type { NodeId } from "../model/node.ts";
import type { CommandName } from "../settings/commands.ts";
import { type ReportName, reportOf } from "../settings/reports.ts";
import { type Asked, isTyped } from "./asked.ts";
import type { Request, RequestOf } from "./request.ts";

/** Builds the request of a command. Invalid combinations of its options become issues. Pure. */
export const makeRequest = (command: CommandName, asked: Asked): Request => MAKE[command](asked);

const MAKE: { readonly [K in CommandName]: (asked: Asked) => RequestOf<K> } = {
  run: ({ once }) => ({ kind: "run", dry_run: once.dry_run === true }),
  force_action: forceRequest,
  teardown: teardownRequest,
  configure: ({ once }) => ({ kind: "configure", dry_run: once.dry_run === true }),
  migrate_database: ({ once }) => ({
    kind: "migrate_database",
    confirmed: once.confirm === true,
    dry_run: once.dry_run === true,
  }),
  test_alert: () => ({ kind: "test_alert" }),
  report: reportRequest,
  init: initRequest,
  import: ({ once }) => ({
    kind: "import",
    dry_run: once.dry_run === true,
    ids: once.service_name as readonly NodeId[] | undefined,
    folder: once.from,
  }),
  undo: undoRequest,
  release: () => ({ kind: "release" }),
  remove_lockfile: () => ({ kind: "remove_lockfile" }),
  print_sudoers: () => ({ kind: "print_sudoers" }),
  export_keys: ({ once }) => ({ kind: "export_keys", path: once.export_keys ?? "" }),
  import_keys: ({ once }) => ({
    kind: "import_keys",
    path: once.import_keys ?? "",
    confirmed: once.confirm === true,
  }),
  get_node: ({ once }) => ({
    kind: "get_node",
    version: once.get_node ?? "latest",
    archive: once.node_archive,
    then_run: once.enable_upgrade === true,
    confirmed: once.confirm === true,
    dry_run: once.dry_run === true,
  }),
  self_upgrade: ({ once }) => ({ kind: "self_upgrade", dry_run: once.dry_run === true }),
  dockerfile: () => ({ kind: "dockerfile" }),
  completion: ({ once }) => ({ kind: "completion", shell: once.completion ?? "bash" }),
  print: ({ once }) => ({ kind: "print", text: once.print ?? "grafana" }),
  version: () => ({ kind: "version" }),
  help: () => ({ kind: "help" }),
};

function forceRequest({ once, given, issue }: Asked): RequestOf<"force_action"> {
  const action = (once.force_action ?? "survey") as ForcedActionType;
  const forcing = forcingOf(action);
  const ids = once.service_name as readonly NodeId[] | undefined;
  if (ids !== undefined && isTyped("count", given)) issue("count", "cannot be combined with --service_name");
  if (ids !== undefined && forcing.target === "count")
    issue("service_name", `cannot be combined with ${action}: new nodes get the next free numbers`);
  if (ids === undefined && forcing.target === "names")
    issue("force_action", `${action} needs --service_name`);
  const { to, from } = once;
  if (action === "move" && to === undefined) issue("force_action", "move needs --to, the storage to move to");
  const all = from !== undefined && !isTyped("count", given);
  const count = all ? Number.POSITIVE_INFINITY : (once.count ?? 1);
  const target: Target = { ...(ids === undefined ? { count } : { ids }), to, from };
  return { kind: "force_action", action, target, dry_run: once.dry_run === true };
}

function teardownRequest({ once, issue }: Asked): RequestOf<"teardown"> {
  if (once.confirm !== true)
    issue("force_action", "Teardown requires --confirm flag for safety: it deletes every node and its data");
  const target = { count: Number.POSITIVE_INFINITY };
  return { kind: "teardown", action: "teardown", target, dry_run: once.dry_run === true };
}

function reportRequest({ once, given, issue }: Asked): RequestOf<"report"> {
  const survey = once.force_action === "survey";
  if (once.json === true && isTyped("report_format", given) && once.report_format !== "json")
    issue("report_format", "cannot be combined with --json");
  const report = once.report ?? "node-status";
  if (once.watch !== undefined) refuseUnwatchable({ once, given, issue }, report);
  if (survey && reportOf(report).graded === true)
    issue("force_action", `cannot be combined with --report ${report}, which asks no node`);
  return {
    kind: "report",
    report,
    format: once.json === true ? "json" : (once.report_format ?? "text"),
    ids: once.service_name as readonly NodeId[] | undefined,
    survey,
    since: once.since,
    until: once.until,
    kinds: once.kind,
    table: tableRequest(once),
    output: once.output,
    watch: once.watch,
    bundle: once.bundle,
  };
}

const tableRequest = ({ status, sort, columns }: Asked["once"]): RequestOf<"report">["table"] =>
  status === undefined && sort === undefined && columns === undefined
    ? undefined
    : { statuses: status, sort, columns };

/** --watch redraws only the overview, and only at a terminal. */
function refuseUnwatchable({ once, issue }: Asked, report: ReportName): void {
  if (report !== "overview")
    issue("watch", `cannot be combined with --report ${report}; it redraws --report overview`);
  if (once.json === true || (once.report_format ?? "text") !== "text")
    issue("watch", "cannot be combined with JSON: it is for people");
  if (once.output !== undefined) issue("watch", "cannot be combined with --output: it redraws the terminal");
}

function initRequest({ once, given, issue }: Asked): RequestOf<"init"> {
  const dry_run = once.dry_run === true;
  const from = once.migrate_anm === true ? "anm" : once.import === true ? "existing nodes" : "nothing";
  if (once.import === true && once.migrate_anm === true)
    issue("import", "cannot be combined with --migrate_anm, which takes anm's nodes");
  if (dry_run && from !== "existing nodes")
    issue("dry_run", "is not supported with --init: there is nothing yet to try it on");
  if (from === "anm" && !["systemd+sudo", undefined].includes(given.get("process_manager")?.text))
    issue("process_manager", "cannot be combined with --migrate_anm: anm's nodes are run by systemd+sudo");
  if (from === "nothing" && !given.has("rewards_address"))
    issue("init", "Rewards Address is required: give --rewards_address, a 0x address, faucet or donate");
  return { kind: "init", from, dry_run };
}

function undoRequest({ once, issue }: Asked): RequestOf<"undo"> {
  if (once.migrate_anm !== true) issue("undo", "needs --migrate_anm");
  return { kind: "undo" };
}
