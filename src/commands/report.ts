import { resolve as resolvePath } from "node:path";
import { EXIT, type ExitCode } from "../base/errors.ts";
import { escapeControls } from "../base/text.ts";
import { VERSION } from "../base/version.ts";
import type { Node } from "../model/node.ts";
import { replaceFile } from "../os/output.ts";
import { expandHome } from "../os/paths.ts";
import { ageLine, silentNodes } from "../report/as-of.ts";
import { overviewOf } from "../report/overview.ts";
import { PLAIN } from "../report/paint.ts";
import { type ReportSource, type WrittenReport, writeReport } from "../report/report.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { reportOf } from "../settings/reports.ts";
import { readStored, type Store } from "../store/colony.ts";
import { chronicleOf } from "./chronicle.ts";
import type { Context } from "./context.ts";
import { counted } from "./counted.ts";
import { explanations } from "./explanations.ts";
import { reportHealth } from "./health.ts";
import { unreadableWarnings } from "./log-findings.ts";
import { overviewFacts } from "./overview-facts.ts";
import { pageFacts } from "./page-facts.ts";
import { promptSnapshot } from "./prompt-snapshot.ts";
import type { RequestOf } from "./request.ts";
import { settingsOf, unreadableSettingsIn } from "./settings-of.ts";
import { standingFindings } from "./standing.ts";
import { showOn, styleOf } from "./style.ts";
import { surveyColony } from "./survey-colony.ts";

type ReportRequest = RequestOf<"report">;
/** A report about stored or surveyed data; health and doctor are handled separately. */
type WrittenRequest = ReportRequest & { readonly report: WrittenReport };

const isWritten = (request: ReportRequest): request is WrittenRequest =>
  reportOf(request.report).graded !== true;

/** Prints a report of the stored data or, with a survey, of the current state. */
export async function report(context: Context, request: ReportRequest): Promise<ExitCode> {
  if (!isWritten(request))
    return request.report === "health"
      ? reportHealth(context, request)
      : (await import("./doctor/doctor.ts")).reportDoctor(context, request);
  if (request.watch !== undefined)
    return (await import("./watch.ts")).watch(context, request.watch, request.survey);
  return request.survey ? surveyAndReport(context, request) : reportStored(context, request);
}

/** Reports what is stored. Takes no lock and changes nothing. */
async function reportStored(context: Context, request: WrittenRequest): Promise<ExitCode> {
  // readStored may retry, so warnings and output are deferred until it has succeeded.
  const output = await readStored(context.options.paths.database, async (store) => {
    const { config, changes } = settingsOf(context, store);
    // History needs no node rows, and reading 300 of them would take a third of its time.
    const of_events = request.report === "history";
    const warnings = [
      ...notStored(context, changes),
      ...(of_events && store.unreadableSettings().size === 0 ? [] : unreadableWarnings(context, store)),
    ];
    const write = await written(context, request, store, config, of_events ? [] : store.nodes());
    return () => {
      for (const warning of warnings) context.log.warn(warning);
      write();
    };
  });
  output();
  return EXIT.done;
}

const notStored = ({ options }: Context, changes: Partial<MachineConfig>): readonly string[] =>
  Object.keys(changes)
    .filter((name) => options.given.get(name)?.layer === "command line")
    .map((name) => `--${name} is in this report but not stored: a report changes nothing`);

/** Surveys the nodes first, stores the result, and reports it. */
async function surveyAndReport(context: Context, request: WrittenRequest): Promise<ExitCode> {
  using surveyed = await surveyColony(context);
  const write = await written(context, request, surveyed.store, surveyed.config, surveyed.nodes);
  write();
  return EXIT.done;
}

/** Composes the report; the returned function writes it to standard output or to the file given with --output. */
async function written(
  context: Context,
  request: WrittenRequest,
  store: Store,
  config: MachineConfig,
  nodes: readonly Node[],
): Promise<() => void> {
  const { world } = context;
  // Only the machine report may take a second to measure rates.
  const patient = request.report === "machine-metrics";
  const snapshot = () => promptSnapshot(context, store, config, nodes, patient);
  const source: ReportSource = {
    config,
    unreadable: unreadableSettingsIn(context, store),
    cpu_count: context.host.cpu_count,
    database: context.options.paths.database,
    nodes,
    now: world.clock.now(),
    surveyed_at: store.sample()?.taken_at,
    version: VERSION,
    run: store.run,
    findings: () => standingFindings(context, store),
    table: tableOf(context, request),
    chronicle: () => chronicleOf(context, request, store),
    snapshot,
    counted: () => counted(store, world.clock.now()),
    style: styleFor(context, request),
    overview: async () => overviewOf(overviewFacts(context, store, await snapshot())),
    page: async () => pageFacts(context, store, await snapshot()),
    why: async () => explanations(context, request.ids, store, await snapshot()),
  };
  const pieces = await writeReport(request, source);
  return () => {
    if (reportOf(request.report).of_survey) warnOfAge(context, source);
    deliver(context, request, pieces, source.table !== undefined);
  };
}

function deliver(
  { world }: Context,
  request: WrittenRequest,
  pieces: readonly string[],
  is_table: boolean,
): void {
  if (request.output !== undefined)
    replaceFile(resolvePath(expandHome(request.output, world.home)), escapeControls(pieces.join("")));
  else if (request.format !== "json" && (request.report === "overview" || is_table))
    showOn(world, pieces.join(""));
  else for (const piece of pieces) world.print(piece);
}

/** The layout: a table that was asked for is truncated only at a terminal. */
function styleFor({ world }: Context, { output, table }: WrittenRequest): ReportSource["style"] {
  if (world.screen !== undefined && output === undefined) return styleOf(world.screen);
  return table === undefined ? PLAIN : { ...PLAIN, columns: Number.POSITIVE_INFINITY };
}

/** node-status is a table at a terminal or with table options; otherwise it has Python wnm's format. */
function tableOf({ world }: Context, { report, output, table }: WrittenRequest): ReportSource["table"] {
  if (report !== "node-status") return undefined;
  const is_shown = world.screen !== undefined && output === undefined;
  return table ?? (is_shown ? { statuses: undefined, sort: undefined, columns: undefined } : undefined);
}

/** Warns when the report may be out of date: no recent run, or nodes that do not respond. */
function warnOfAge({ log }: Context, source: ReportSource): void {
  const { nodes, now } = source;
  const lines = [ageLine(source), silentNodes(nodes, now)];
  for (const line of lines) if (line !== undefined && nodes.length > 0) log.warn(line);
}
