import type { SettingName } from "./machine.ts";
import { namesOf } from "./names-of.ts";

export const FORMATS = ["text", "json", "csv", "env", "config"] as const;
export type Format = (typeof FORMATS)[number];

type ReportRow = {
  /** Its text in --help reports. */
  readonly help: string;
  /** An unsupported one is refused on the command line; elsewhere it means "text", as in Python wnm. */
  readonly formats: readonly ["text", ...Format[]];
  /** Whether --service_name narrows it. */
  readonly of_nodes: boolean;
  /** It also covers nodes that are no longer in the colony. */
  readonly remembers?: true;
  /** It shows what the last survey found. */
  readonly of_survey: boolean;
  /** Its exit code is the colony's health, even if that is unreadable. */
  readonly graded?: true;
  /** Settings that it shows or depends on, apart from those that locate the colony. */
  readonly settings: "all" | readonly SettingName[];
};

/** The settings that the overview and the page depend on. */
const OVERVIEW_SETTINGS: readonly SettingName[] = [
  ...(["node_storage", "node_cap", "cpu_less_than", "cpu_remove", "mem_less_than", "mem_remove"] as const),
  ...(["hd_less_than", "hd_remove", "desired_load_average", "max_load_average_allowed"] as const),
];

/** Every report. A new one is a row here, a function per format in `report/report.ts`, and its own file. */
const REPORT_ROWS = {
  overview: {
    help: "how the colony is, what needs you and what happened, on one screen; --watch redraws it",
    formats: ["text", "json"],
    of_nodes: false,
    of_survey: false,
    settings: OVERVIEW_SETTINGS,
  },
  page: {
    help: "overview, charts, nodes and events as one HTML file for a browser; write it with --output, or set page_path",
    formats: ["text"],
    of_nodes: false,
    of_survey: false,
    settings: OVERVIEW_SETTINGS,
  },
  "node-status": {
    help: "one line per node: name, peer id, status, connected peers",
    formats: ["text", "json"],
    of_nodes: true,
    of_survey: true,
    settings: [],
  },
  "node-status-details": {
    help: "everything about each node, including why it last went down",
    formats: ["text", "json"],
    of_nodes: true,
    of_survey: true,
    settings: [],
  },
  history: {
    help: "what happened, why, and who asked for it; --since, --until, --kind and --service_name narrow it",
    formats: ["text", "json", "csv"],
    of_nodes: true,
    of_survey: false,
    remembers: true,
    settings: [],
  },
  why: {
    help: "why each node of --service_name, or the colony, is as it is, what comes next, and what to type",
    formats: ["text", "json"],
    of_nodes: true,
    of_survey: true,
    remembers: true,
    settings: ["node_storage", "node_cap"],
  },
  "influx-resources": {
    help: "InfluxDB line protocol for the dashboards of Python wnm",
    formats: ["text"],
    of_nodes: true,
    of_survey: true,
    settings: [],
  },
  "machine-config": {
    help: "the stored settings; --report_format config writes a file that -c reads back",
    formats: ["text", "json", "env", "config"],
    of_nodes: false,
    of_survey: false,
    settings: "all",
  },
  "machine-metrics": {
    help: "the machine's load, memory, disk and network, and the nodes counted by status",
    formats: ["text", "json", "env"],
    of_nodes: false,
    of_survey: true,
    settings: ["node_storage", "antnode_path", "node_software", "hd_remove", "crisis_bytes"],
  },
  "influx-ntracking": {
    help: "InfluxDB line protocol for NTracking's dashboards",
    formats: ["text"],
    of_nodes: true,
    of_survey: true,
    settings: ["node_storage"],
  },
  health: {
    help: "what is wrong, by the last run; exit code 0 well, 1 warning, 2 bad, 3 unknown (wnm --help health)",
    formats: ["text", "json"],
    of_nodes: false,
    of_survey: false,
    graded: true,
    settings: [],
  },
  doctor: {
    help: "health, and what takes seconds to ask: cron, storage, program, ports, router, clock, rights",
    formats: ["text", "json"],
    of_nodes: false,
    of_survey: false,
    graded: true,
    settings: [],
  },
  prometheus: {
    help: "metrics for Prometheus; for node_exporter's textfile collector set prometheus_path (wnm --help prometheus)",
    formats: ["text"],
    of_nodes: true,
    of_survey: true,
    settings: ["node_storage", "node_cap", "prometheus_nodes"],
  },
} as const satisfies Readonly<Record<string, ReportRow>>;

export type ReportName = keyof typeof REPORT_ROWS;
export const REPORTS = namesOf(REPORT_ROWS);

/** The row of a report with its value types widened. */
export const reportOf = (name: ReportName): ReportRow => REPORT_ROWS[name];

/** Formats that the report has. */
export type FormatOf<R extends ReportName> = (typeof REPORT_ROWS)[R]["formats"][number];
