import { type DiskFigures, diskFigures } from "../decide/disk-figures.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import { ACTION_TYPE_NAMES, actionTypeOf } from "../model/action-types.ts";
import type { Finding } from "../model/finding.ts";
import type { HostMetrics } from "../model/host.ts";
import { nodeLabel } from "../model/node.ts";
import type { RunRecord } from "../model/run-record.ts";
import type { Totals } from "../model/totals.ts";
import { counter, exposition, type Family, gauge, gauges } from "./exposition-format.ts";
import type { PrometheusFacts } from "./prometheus-facts.ts";
import { colonyFamilies, nodeFamilies } from "./prometheus-nodes.ts";

/** The host, the nodes, and how the last run ended, in base units as Prometheus wants them. */
export function prometheus(facts: PrometheusFacts): string {
  const { snapshot, run, version, findings, surveyed_at, totals } = facts;
  const families: readonly Family[] = [
    gauges("wnm_build_info", "Version of wnm.", [[{ version }, 1]]),
    ...hostFamilies(snapshot.metrics),
    ...diskFamilies(snapshot),
    ...colonyFamilies(facts),
    gauge("wnm_survey_timestamp_seconds", "When the nodes were last asked.", surveyed_at),
    ...nodeFamilies(facts),
    ...(run === undefined ? [] : runFamilies(run)),
    ...totalFamilies(totals),
    ...findingFamilies(findings),
  ];
  return families.map(exposition).join("");
}

const ratio = (percent: number | undefined): number | undefined =>
  percent === undefined ? undefined : percent / 100;

const hostFamilies = (metrics: HostMetrics): readonly Family[] => [
  gauge("wnm_host_cpu_used_ratio", "Processor use of the machine.", ratio(metrics.used_cpu_percent)),
  gauge("wnm_host_io_wait_ratio", "Time that processors wait for disks.", ratio(metrics.io_wait)),
  gauge("wnm_host_memory_used_ratio", "Memory in use.", ratio(metrics.used_mem_percent)),
  gauge("wnm_host_disk_used_ratio", "Use of the nodes' disk.", ratio(metrics.used_hd_percent)),
  gauge("wnm_host_disk_size_bytes", "Size of the nodes' disk.", metrics.total_hd_bytes),
  gauge("wnm_host_disk_free_bytes", "Free bytes of the nodes' disk.", metrics.free_hd_bytes),
  gauge("wnm_host_load1", "Load average of 1 minute.", metrics.load_average_1),
  gauge("wnm_host_load5", "Load average of 5 minutes.", metrics.load_average_5),
  gauge("wnm_host_load15", "Load average of 15 minutes.", metrics.load_average_15),
  gauge("wnm_host_disk_read_bytes_per_second", "Rate of disk reads.", metrics.hdio_read_bytes),
  gauge("wnm_host_disk_write_bytes_per_second", "Rate of disk writes.", metrics.hdio_write_bytes),
  gauge("wnm_host_network_receive_bytes_per_second", "Rate of network input.", metrics.netio_read_bytes),
  gauge("wnm_host_network_transmit_bytes_per_second", "Rate of network output.", metrics.netio_write_bytes),
  gauge("wnm_host_boot_time_seconds", "When the machine booted.", metrics.system_start),
];

const DAY_SECONDS = 86_400;

/** One metric of every disk. */
type DiskMetric = readonly [name: string, help: string, value: (disk: DiskFigures) => number | undefined];

const DISK_METRICS: readonly DiskMetric[] = [
  ["used_ratio", "Use of each disk that holds nodes, of bytes or inodes.", (d) => ratio(d.used_hd_percent)],
  ["size_bytes", "Size of the disk.", (d) => d.total_hd_bytes],
  ["free_bytes", "Free bytes of the disk.", (d) => d.free_hd_bytes],
  ["nodes", "Nodes on the disk.", (d) => d.nodes],
  ["growth_bytes_per_day", "How fast the disk has filled up in the last day.", (d) => d.growth_bytes_per_day],
  [
    "seconds_until_full",
    "Time until the disk reaches hd_remove at this rate.",
    (d) => (d.days_until_full === undefined ? undefined : Math.round(d.days_until_full * DAY_SECONDS)),
  ],
  ["read_only", "1 while nothing can be written to the disk.", (d) => Number(d.read_only)],
];

function diskFamilies(s: Snapshot): readonly Family[] {
  const disks = diskFigures(s);
  return DISK_METRICS.map(([name, help, value]) =>
    gauges(
      `wnm_disk_${name}`,
      help,
      disks.map((disk) => [{ disk: disk.disk }, value(disk)]),
    ),
  );
}

/** What is wrong: how many of each severity, and a series for each key and node. */
function findingFamilies(findings: readonly Finding[]): readonly Family[] {
  const count = (wanted: Finding["severity"]): number =>
    findings.filter(({ severity }) => severity === wanted).length;
  const labelled = new Map(
    findings.map(({ key, severity, node }) => {
      const labels = { key, severity, node: node === undefined ? "" : nodeLabel({ id: node }) };
      return [JSON.stringify(labels), labels] as const;
    }),
  );
  return [
    gauges("wnm_findings", "What is wrong, counted by severity.", [
      [{ severity: "bad" }, count("bad")],
      [{ severity: "warning" }, count("warning")],
    ]),
    gauges(
      "wnm_finding",
      "1 while something is wrong; wnm --help findings lists the keys.",
      [...labelled.values()].map((labels) => [labels, 1] as const),
    ),
  ];
}

const runFamilies = (run: RunRecord): readonly Family[] => [
  gauge("wnm_last_run_timestamp_seconds", "When the last run ended.", run.ended_at),
  gauge("wnm_last_run_duration_seconds", "How long the last run took.", run.duration_ms / 1000),
  gauges("wnm_last_run_actions", "Actions of the last run by how they ended.", [
    [{ result: "done" }, run.done],
    [{ result: "failed" }, run.failed],
  ]),
  gauges("wnm_last_run_info", "What the last run did.", [[{ status: run.status }, 1]]),
];

const totalFamilies = ({ refused, actions }: Totals): readonly Family[] => [
  counter("wnm_refused_runs_total", "Runs that refused to work, or failed.", [[{}, refused]]),
  counter(
    "wnm_actions_total",
    "Actions that succeeded, by what was done to a node.",
    ACTION_TYPE_NAMES.filter((type) => actionTypeOf(type).becomes !== undefined).map((type) => [
      { action: type },
      actions[type] ?? 0,
    ]),
  ),
];
