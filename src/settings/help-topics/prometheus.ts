/** Metrics for Prometheus. */
export const prometheusTopic = (): string => `Every run writes the metrics for node_exporter, atomically:
    wnm --prometheus_path /var/lib/prometheus/node-exporter/wnm.prom
That is the folder of the textfile collector of Debian's node_exporter; wnm's account has to be able
to write to it, and node_exporter's to enter it. The name has to end in .prom. Without a file: wnm
--prometheus_path "". By hand: wnm --report prometheus.

A file that could not be written is the finding metrics-not-written, one that node_exporter cannot
reach is metrics-hidden. If runs stop, the file stays as it is: wnm_last_run_timestamp_seconds says
how old it is, and an alert has to look at that.

  wnm_build_info, wnm_last_run_*   version; when the last run ended, how long it took, what it did
  wnm_refused_runs_total, wnm_actions_total{action}
                                   counted since the colony began; they only grow
  wnm_nodes{status}, wnm_nodes_by_version{version}
  wnm_colony_*                     all nodes: records, bytes, peers, earned, deaths, restarts
  wnm_node_*{node}                 each node: up, answers, deaths_total, restarts_total and more
  wnm_disk_*{disk}, wnm_host_*     each disk that holds nodes, and the machine
  wnm_finding{key,severity,node}   1 while something is wrong (wnm --help findings)
A reading that is unknown has no sample: unknown is not zero.

--prometheus_nodes says how many series a node has: all (up to 40), few (9: info, up, answers,
deaths, restarts, records, peers, rewards, bytes), or none. The rest is about 100 series a machine.

Dashboards, rules and examples that fit this version:
    wnm --print grafana > wnm.json
    wnm --print alerts > wnm-alerts.yml
    wnm --print recording > wnm-recording.yml
    wnm --print alertmanager
For Telegraf and InfluxDB in place of Prometheus, with a dashboard of their own:
    wnm --print telegraf
    wnm --print grafana-influx
List the two rule files in rule_files of Prometheus. Import the dashboard into Grafana, or put it
where a dashboard provider looks. Alerts: a machine or its runs are gone, findings, deaths, disks.
`;
