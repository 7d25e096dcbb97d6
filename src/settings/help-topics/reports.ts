import { FORMATS, REPORTS, type ReportName, reportOf } from "../reports.ts";
import { definitions } from "../text-layout.ts";

/** Every report, its formats, and examples. */
export const reportsTopic =
  (): string => `wnm --report NAME prints what is stored. It changes nothing and waits for no run.

Reports:
${definitions(REPORTS.map((name) => [name, explained(name)]))}
--report_format: ${FORMATS.join(", ")}. --json is short for --report_format json.
A format that the report does not have is refused; from the environment or a file it gives text.

The state of the colony on one screen; redrawn in place every 5 seconds until q is pressed:
    wnm --report overview
    wnm --watch

The same with charts, as one file for a browser that loads nothing from elsewhere:
    wnm --report page --output ~/wnm.html
Written after every run, into an existing folder (mkdir ~/www):
    wnm --page_path ~/www/wnm.html

As JSON, or for some nodes only:
    wnm --report machine-metrics --json
    wnm --report node-status-details --service_name antnode0001

The table of nodes that a terminal shows, also into a pipe, or with other columns:
    wnm --report node-status --status STOPPED,DEAD --sort -since
    wnm --report node-status --columns node,version,peers,note
Those that die often first:
    wnm --report node-status --sort -deaths

Ask the nodes first:
    wnm --report node-status --force_action survey

What happened last night, and why:
    wnm --report history --since 22:00
    wnm --report history --since 3d --kind died,stop --service_name 7
    wnm --report why --service_name 20
    wnm --report why

For node_exporter, written atomically (after every run: wnm --help prometheus):
    wnm --report prometheus --output /var/lib/node_exporter/wnm.prom

The settings of this machine for another one:
    wnm --report machine-config --report_format config > file
    wnm --init -c file
The file names folders (node_storage, dbpath); change them where the other machine's differ.

The result of a run as JSON on standard output:
    wnm --json
`;

/** What a report says, and the formats that it has beside text. */
function explained(name: ReportName): string {
  const { help, formats } = reportOf(name);
  const others = formats.filter((format) => format !== "text");
  return others.length === 0 ? help : `${help} (${others.join(", ")})`;
}
